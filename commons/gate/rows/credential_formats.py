"""What tokens of well-known services look like: a table of published formats that ``detect-secrets`` does not know, or knows too loosely.

A token stands alone: no letter or digit touches it on either side. One of ``markers`` is a literal part of every match, so that most
texts are dismissed by searches for plain strings. Formats are those the services document for secret scanning; many are listed by
GitHub under "Supported secret scanning patterns".
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """One kind of credential. ``certain`` is false where the same form also names things that are no secret."""

    name: str
    markers: tuple[str, ...]
    pattern: re.Pattern[str]
    certain: bool = True


def _alone(name: str, markers: str, body: str, *, certain: bool = True) -> Format:
    return Format(
        name,
        tuple(markers.split()),
        re.compile(rf"(?<![A-Za-z0-9])(?P<value>{body})(?![A-Za-z0-9])"),
        certain,
    )


_TO_VALUE = r"[\"'`]*(?:[ \t]+(?:is|was|of))?[\s:=>\"'`]{0,6}"
_UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

FORMATS = (
    _alone("Hugging Face token", "hf_", "hf_[A-Za-z]{34}"),
    _alone("Hugging Face organisation token", "api_org_", "api_org_[A-Za-z]{34}"),
    _alone("OpenAI key", "sk-", r"sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{40,}"),
    _alone("API key", "sk-", r"sk-(?=[A-Za-z0-9]*\d)(?=[A-Za-z0-9]*[A-Za-z])[A-Za-z0-9]{32,}"),
    _alone("Anthropic key", "sk-ant-", r"sk-ant-[a-z]{3,6}\d{0,2}-[A-Za-z0-9_-]{32,}"),
    _alone("OpenRouter key", "sk-or-v1-", "sk-or-v1-[0-9a-f]{64}"),
    _alone("Langfuse key", "sk-lf-", f"sk-lf-{_UUID}"),
    _alone("Groq key", "gsk_", "gsk_[A-Za-z0-9]{52}(?![-_])"),
    _alone("xAI key", "xai-", "xai-[A-Za-z0-9]{80}"),
    _alone("Perplexity key", "pplx-", "pplx-[A-Za-z0-9]{48,56}"),
    _alone("Replicate token", "r8_", "r8_[A-Za-z0-9]{37}"),
    _alone("NVIDIA key", "nvapi-", "nvapi-[A-Za-z0-9_-]{60,70}"),
    _alone("LangSmith key", "lsv2_", "lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),
    _alone("Pinecone key", "pcsk_", "pcsk_[A-Za-z0-9]{5,6}_[A-Za-z0-9]{60,70}"),
    _alone("Tavily key", "tvly-", "tvly-(?:dev-|prod-)?[A-Za-z0-9]{32}"),
    _alone("GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_", "gh[pousr]_[A-Za-z0-9]{36,251}"),
    _alone("GitHub token", "ghs_", r"ghs_\d+_eyJ[\w-]+\.[\w-]+\.[\w-]+"),
    _alone("GitHub token", "github_pat_", r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{40,82}"),
    _alone("GitLab token", "glpat- gldt- glrt- glcbt- glptt- glft- glsoat-", r"gl(?:pat|dt|rt|cbt|ptt|ft|soat)-[A-Za-z0-9_.-]{20,}"),
    _alone("Google API key", "AIza", "AIza[A-Za-z0-9_-]{35}"),
    _alone("Google OAuth secret", "GOCSPX-", "GOCSPX-[A-Za-z0-9_-]{28}"),
    _alone("Google OAuth token", "ya29.", r"ya29\.[A-Za-z0-9_-]{40,}"),
    _alone("AWS access key", "AKIA ASIA ABIA ACCA", r"(?:AKIA|ASIA|ABIA|ACCA)(?![A-Z0-9]*EXAMPLE)(?=[A-Z]*\d)[A-Z0-9]{16}"),
    _alone("Alibaba Cloud key", "LTAI", "LTAI[A-Za-z0-9]{20}"),
    _alone("Tencent Cloud key", "AKID", "AKID[A-Za-z0-9]{32}"),
    # Cloudflare Fundamentals, "Token formats" (a checksum of unstated length follows the forty) and "Get Origin CA keys".
    _alone("Cloudflare token", "cfk_ cfut_ cfat_", "cf(?:k|ut|at)_[A-Za-z0-9]{40,64}"),
    _alone("Cloudflare Origin CA key", "v1.0-", r"v1\.0-[A-Za-z0-9]{24}-[A-Za-z0-9]{146}"),
    _alone("DigitalOcean token", "_v1_", "do[opr]_v1_[0-9a-f]{64}"),
    _alone("Heroku key", "HRKU-", "HRKU-[A-Za-z0-9_-]{36,60}"),
    _alone("Netlify token", "nfp_", "nfp_[A-Za-z0-9]{36,40}"),
    _alone("Vercel token", "vca_ vcc_ vci_ vcp_ vcr_ vck_", "vc[aciprk]_[A-Za-z0-9]{24,64}"),
    _alone("Fly.io token", "fo1_", "fo1_[A-Za-z0-9_-]{43}"),
    _alone("Supabase token", "sbp_ sb_secret_", "(?:sbp_[0-9a-f]{40}|sb_secret_[A-Za-z0-9_-]{31,})"),
    _alone("PlanetScale token", "pscale_", r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{32,64}"),
    _alone("Databricks token", "dapi", r"dapi[0-9a-fA-F]{32}(?:-\d)?"),
    _alone("Notion token", "ntn_", r"ntn_\d{11}[A-Za-z0-9]{35}"),
    _alone("Linear token", "lin_", "lin_(?:api|oauth)_[A-Za-z0-9]{40,64}"),
    _alone("Figma token", "figd_ figo_ figu_ figr_ figdh_ figoh_", "fig[dour]h?_[A-Za-z0-9_-]{36,}"),
    _alone("Airtable token", "pat", r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}"),
    _alone("Atlassian token", "ATATT3", "ATATT3[A-Za-z0-9_=-]{60,}"),
    _alone("Asana token", "1/1", r"1/1\d{12,19}:[0-9a-f]{32}"),
    _alone("Postman key", "PMAK-", "PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
    _alone("Docker token", "dckr_", "dckr_[po]at_[A-Za-z0-9_-]{27,}"),
    _alone("npm token", "npm_", "npm_[A-Za-z0-9]{36}"),
    _alone("RubyGems key", "rubygems_", "rubygems_[0-9a-f]{48}"),
    _alone("Cargo token", "cio", "cio[A-Za-z0-9]{32}"),
    _alone("HashiCorp Vault token", "hvs. hvb. hvr.", r"hv[bsr]\.[A-Za-z0-9_-]{24,}"),
    _alone("Terraform token", ".atlasv1.", r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}"),
    _alone("Pulumi token", "pul-", "pul-[0-9a-f]{40}"),
    _alone("Doppler token", "dp.", r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}"),
    _alone("1Password service token", "ops_eyJ", "ops_eyJ[A-Za-z0-9+/=_-]{100,}"),
    _alone("1Password secret key", "A3-", "A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}"),
    _alone("age key", "AGE-SECRET-KEY-1", "AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
    _alone("Grafana token", "glc_eyJ glsa_", "(?:glc_eyJ[A-Za-z0-9+/=]{30,}|glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8})"),
    _alone("Sentry token", "sntryu_ sntrys_eyJ", r"sntry(?:u_[0-9a-f]{64}|s_eyJ[A-Za-z0-9+/=_-]{40,})"),
    _alone("New Relic key", "NRAK- NRAL- NRII- NRJS- NRRA-", "NR(?:AK|AL|II|JS|RA)-[A-Za-z0-9]{19,42}"),
    _alone("Dynatrace token", "dt0c dt0s dt0a", r"dt0[a-z]\d{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    _alone("Slack token", "xox", "xox[abeoprs](?:[.-][A-Za-z0-9-]{10,})(?<=[A-Za-z0-9])"),
    _alone("Slack app token", "xapp-", r"xapp-\d-[A-Z0-9]+-\d+-[A-Za-z0-9]+"),
    _alone("Stripe key", "k_live_", "[rs]k_live_[A-Za-z0-9]{16,}"),
    _alone("Stripe test key", "k_test_", "[rs]k_test_[A-Za-z0-9]{16,}", certain=False),
    _alone("Stripe webhook secret", "whsec_", "whsec_[A-Za-z0-9+/]{32,}={0,2}"),
    _alone("Square token", "sq0atp- sq0csp- sq0idp-", "sq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,43}"),
    _alone("Shopify token", "shpss_ shpat_ shpca_ shppa_ shptka_", "shp(?:ss|at|ca|pa|tka)_[A-Za-z0-9]{32,}"),
    _alone("Mailgun key", "key-", "key-[0-9a-f]{32}"),
    # SendGrid keys are found inside words as well: no word looks like one.
    Format("SendGrid key", ("SG.",), re.compile(r"(?P<value>)SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}")),
    _alone("Resend key", "re_", "re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}"),
    _alone("Dropbox token", "sl.", r"sl\.[A-Za-z0-9_-]{120,}"),
    _alone("Facebook token", "EAA", "EAA[A-Za-z0-9]{80,}"),
    Format("Tailscale key", ("tskey-",), re.compile(r"(?P<value>)(?<![A-Za-z])tskey-[a-z]+-[A-Za-z0-9]{8,}-[A-Za-z0-9]{20,}")),
    Format("Azure client secret", ("Q~",), re.compile(r"(?P<value>)(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])")),
    # A heading alone is a text about keys; forty characters of key after it are a key. Line ends may be written as \n.
    Format(
        "private key",
        ("PRIVATE KEY",),
        re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:\\[nr]|\s|[\w-]+: [^\n\\]+)*(?P<value>[A-Za-z0-9+/]{40})"),
    ),
    Format("private key", ("PuTTY-User-Key-File-",), re.compile(r"(?P<value>)PuTTY-User-Key-File-\d: [\w-]+[\s\S]*Private-Lines: \d")),
)  # fmt: skip


def _assigned(name: str, marker: str, variable: str, value: str, *, certain: bool = True) -> Format:
    between = r"[\"']?\s*(?::=|=>|=|:)\s*[\"']?"
    return Format(name, (marker,), re.compile(rf"(?i){variable}{between}(?P<value>{value})"), certain)


def _near(name: str, markers: str, pattern: str, *, certain: bool = True) -> Format:
    return Format(name, tuple(markers.split()), re.compile(pattern), certain)


# Values that only the name of their variable tells, in any case; these markers are looked for in the text in lower case.
ASSIGNED = (
    _assigned("Azure client secret", "secret", "(?:azure|arm|aad)[_-]?client[_-]?secret", r"[\w.~/+=-]{30,}"),
    _assigned("Azure tenant id", "tenant", "(?:azure|arm|aad|ad)[_-]?tenant[_-]?id", _UUID, certain=False),
    _assigned("Azure client id", "client", "(?:azure|arm|aad|ad)[_-]?client[_-]?id", _UUID, certain=False),
    _assigned("AWS secret key", "aws", "aws[_-]?(?:secret[_-]?)?(?:access[_-]?)?key", r"(?!\S*EXAMPLE)[a-z0-9/+]{40}(?![a-z0-9/+=])"),
    _assigned("AWS account id", "aws", "aws[_-]?account[_-]?id", r"\d{4}-?\d{4}-?\d{4}", certain=False),
    # Tokens of before the prefixes: forty signs, after Cloudflare's name and a word for them; the global key, 37 hexadecimal digits.
    _near(
        "Cloudflare token",
        "cloudflare cf_",
        rf"(?is:\b(?:cloudflare|cf_).{{0,160}}?(?:token|bearer|key)){_TO_VALUE}(?P<value>(?=\S*[A-Z])(?=\S*[a-z])(?=\S*\d)[A-Za-z0-9_-]{{40}}(?![\w-]))",
    ),
    _near(
        "Cloudflare global key",
        "cloudflare x-auth-key cf_",
        rf"(?is:(?:\b(?:cloudflare|cf_).{{0,160}}?key|x-auth-key)){_TO_VALUE}(?P<value>[0-9a-f]{{37}}(?![\w-]))",
    ),
)  # fmt: skip
