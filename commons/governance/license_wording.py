"""The words around a licence's name: which sentences may speak of rights, which of them are understood, and which limit what one may do.

    is_understood("The data is licensed under .", frozenset(), named=True)            True
    is_understood("The code is licensed under .", frozenset(), named=True)            False: of a part
    limit("Nur für nichtkommerzielle Zwecke")                                        "nichtkommerzielle"

Understood is what is said in words of a closed list. None of them limits anything, speaks of a part, or is of another language, so no
combination of them does. The lists of limiting words serve to name the limit in the report; what they miss is not understood either.
"""

from __future__ import annotations

import re
import unicodedata


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_UNDERSTOOD = _listed("""
    a an the this that these it its is are be been has have being we i our all any entire whole full complete
    overall dataset datasets data corpus corpora database collection content contents material materials work works project
    repository repo resource resources everything file files text terms version licence license licenses licences licensed
    licenced licensing released release published publish distributed distribute available made make makes making provide
    provided shared share dedicated dedicate dedication waived waive open free freely public domain creative commons
    international unported universal attribution sharealike legal human-readable summary deed under with in on of and by
    from at as to for through via according you your can copy modify use adapt build upon see view visit read please more
    information details detail refer found here root directory below into which will badge shield january february march
    april june july august september october november december lizenz licencia licença licence lisensi lisans licentie
    licenza licens lisens licencja лицензия ліцензія 许可证 许可 許可證 授权 ライセンス 라이선스 الترخيص رخصة लाइसेंस লাইসেন্স لائسنس giấy phép
    worldwide v
""")
# What a sentence that names no licence may say: where the licence is to be read.
_POINTING = _listed("""
    a the this that it its is of to in for at and see read refer please visit view copy full text file more information details detail
    found here root directory below project repository repo dataset data work license licence licenses licences licensing copyright
    legal terms notice code lizenz licencia licença lisensi lisans licentie licenza licens lisens licencja лицензия ліцензія 许可证 許可證
    ライセンス 라이선스 الترخيص رخصة लाइसेंस লাইসেন্স لائسنس v
""")
_MONTH_AND_YEAR = re.compile(
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\ \d{4}\b",
    re.IGNORECASE,
)
_PLACEHOLDERS = frozenset(("\N{OBJECT REPLACEMENT CHARACTER}",))
_RIGHTS = re.compile(
    r"""
    licen[sc]|lizen[sz]|licenc|licenz|licenç|lisens|lisans|copy-?right|copyleft|©|\(c\)\s*\d|\brights\b|permission|permit|prohibit|
    forbid|disallow|restrict|proprietary|commerc|comerc|comerç|kommer|komers|komerc|ticar|non-?profit|for-profit|re-?distribut|resale|
    resell|\bsell\b|\bsale\b|royalt|(?<!in\ )\bterms\b|conditions\ (?:of|for|apply)|following\ conditions|\btos\b|\beula\b|\bnda\b|\bdua\b|
    (?:use|user|license|access|data|contributor|sharing|transfer)\ agreement|\bagree(?:s|d|ing)?\ (?:to|that|not|with)|confidential|
    public\ domain|fair\ (?:use|dealing)|trademark|patent|dedicated\ to\ the\ public|waive|disclaim|
    \b(?:only|solely|strictly|exclusively|limited\ to|intended\ for|reserved|meant\ for)\b.{0,80}\b(?:us(?:e|ed|age|ers?)|purposes?|available|for|by|to|within|members?)\b|
    \b(?:us(?:e|ed|age|ers?)|purposes?|available|free|open|shared?|for|access)\b.{0,60}\b(?:only|solely|strictly|exclusively)\b|
    \bfor\ (?:[\w/-]+\ ){0,3}(?:research|academi|scholar|educat|teach|student|universit|personal|private|internal|evaluation|scientific|stud(?:y|ies)\b|
    classroom|home|hobby|charit|schools?\b|individuals?\b|members?\b|good\b|peaceful)|
    \b(?:research|academic|educational?|personal|private|internal|evaluation|scientific|teaching|scholarly|home|school)(?:\W+(?:and|or)\W+\w+)?\W+(?:use|usage|users?|purposes?|institutions?)\b|
    \bpurposes\b|\bmay\ (?:only|not|be\ (?:used|shared|copied))|\bmust\ (?:not|be|agree|obtain|ask|sign|give|only|contact|first|seek|get)|\bshall\b|
    \b(?:can|could)(?:\ ?not|'t)\ (?:be|use|share|copy|sell|publish|distribute|train|post|host)|
    \b(?:do\ not|don't|never|not)\ (?:be\ |to\ be\ |to\ )?(?:re-?)?(?:us(?:e|ed)|shar|cop(?:y|ied)|sell|sold|publish|upload|post|host|mirror|train|modif|chang|distribut|spread|reproduc|deploy|feed)|
    \bnot\ for\b|(?:not|is|are|only|use)\ allowed|allowed\ (?:to|only|for)|belong|\bown(?:s|ed\ by|ers?|ership)\b|property\ of|courtesy|reserved|
    (?:up)?on\ request|by\ request|request\ (?:access|permission|a\ copy|the)|consent|embargo|subject\ to|third[\s-]part|approv|authori[sz]|
    derivative|attribution|share-?\ ?alike|creative\ ?commons|\bcc\b|\bgpl|\bspdx\b|unlicen|scrap(?:ed|ing)|crawl|
    without\ (?:prior|written|permission|consent|express|explicit|our|the\ author|approv|asking)|contact\b.{0,60}\b(?:before|permission|use|access)|
    ask\ (?:us|me|the)|\bfees?\b|\bpay(?:ment|ing|s)?\b|purchas|subscri|original\ (?:authors?|sources?|publishers?|owners?)|respective|
    \bterms-elsewhere\b|\bno\ (?:ai|training|re-?use|copying|copies|sharing|modif|changes|warrant|use|resale)|\blegal|military|weapon|surveill|
    (?:keep|stay|remain)\b.{0,40}\b(?:private|secret|internal|confidential|with\b)|
    compan(?:y|ies)\b|business|enterprise|startup|corporat|customers?\b|\bmoney\b|profit|in\ touch|talk\ to|reach\ out|before\ (?:you\ )?us(?:e|ing)\b|\bask\b|
    \btheirs\b|\bours\b|\byours\b|\bmine\b|\bregister\b|\blog\ in\b|own\ risk|\bnot\ in\b.{0,30}\bproducts?\b|
    ^(?:the\ )?(?:data|datasets?|images?|photos?|pictures|audio|videos?|texts?|code|scripts?|software|annotations?|labels?|recordings?|transcripts?|translations?|contents?|
    documentation|docs|weights|models?|lyrics|questions?|answers?)\b[^:]{0,20}:\s*\S+(?:\s\S+){0,3}$|
    \buntuk\b|\bpour\b|\bfür\b|\bpara\b|\bvoor\b|\biçin\b|\bdla\b|\bför\b|\bpentru\b|\briset\b|
    \bgnu\b|\bfdl\b|shareware|freeware|trial\ version|\brules\b|polic(?:y|ies)\b|\byou\ (?:may|must|shall|agree|promise|are\ (?:welcome|free))\b|
    \bonly\b.{0,40}\bmay\b|(?:anything|everything|all)\ else|our\ ok|\bretain|tolerat|\brespect\ |\bwish(?:es)?\b|comply|
    (?:needs?|have|has)\ to\ (?:regist|ask|sign|agree|apply|contact|credit|buy|obtain|respect|pay)|
    \bmembers\b|distributed\ (?:by|to)\b|
    on\ loan|copied\ from|keep\ (?:this|it|them)\b|\bnot\b.{0,20}\bfor\b|\bnon-|
    (?:you|one|nobody|users?|we)\ (?:can|may|should|must|could)(?:\ ?not|n?'t)\b|\bexcept\b|exclud|(?:you|who|they)\ owns?\b|
    \b(?:students?|researchers?|schools?|universit\w+|academics?|teachers?|individuals?|hobbyists?)\ (?:may|can|only|are\ (?:free|welcome|invited))|
    \bkeine?\b|privat\b|\bohne\b|\bsans\b|\btanpa\b|\bbez\b|\bsenza\b|\bnão\b|\bnon\b|\bnicht\b|\bpas\b|\bjangan\b|\bbukan\b|\btidak\b|değil|\bkhông\b|\bniet\b|
    usage\ (?:personnel|interne|priv|p[ée]dagog|scolaire|universitaire|acad|scientif)|
    derecho|droit|direito|diritt|\brecht|rechte|urheber|auteur|autoral|propri[eé]t|propiedad|propriedade|eigentum|hak\ cipta|telif|prawa|
    interdit|prohib|proib|verboten|untersagt|dilarang|vietat|verboden|zakaz|yasak|\bcấm|permis|permess|erlaub|\bizin|autoris|autoriz|toestemming|
    \buso\b|\butilisation|utilizar|utilizaç|utilizzo|verwend|nutzung|penggunaan|gebruik|kullan|użyt|sử\ dụng|
    exclusiv|uniquement|seulement|solamente|únicamente|unicamente|solo\b|sólo|somente|apenas|\bnur\b|ausschlie|hanya|alleen|sadece|yalnız|tylko|wyłącznie|\bchỉ\b|
    investigaci|recherche|pesquisa|forschung|wissenschaft|penelitian|ricerca|onderzoek|araştırma|badaw|nghiên\ cứu|
    educativ|educaci|éducati|educação|bildung|pendidikan|eğitim|réserv|reservad|vorbehalten|
    [版权權許许授商营營盈仅僅禁协協条條転载載研究学學限]|ライセンス|許諾|規約|のみ|再配布|無断|라이선스|라이센스|저작권|상업|영리|연구|학술|금지|허가|허락|약관|배포|무단|
    лиценз|авторск|коммерч|запрещ|разреш|только|исключительно|исследоват|научн|учебн|образоват|личн|услови|соглашен|собственност|принадлеж|
    ترخيص|رخصة|مرخص|حقوق|تجاري|محفوظ|يحظر|ممنوع|يجوز|يسمح|مسموح|فقط|بحث|أكاديمي|تعليمي|شخصي|شروط|إذن|موافقة|ملك|استخدام|
    لائسنس|تجارتی|اجازت|صرف|تحقیق|تعلیمی|ذاتی|شرائط|مجوز|تجاری|پژوهش|شرایط|
    लाइसेंस|कॉपीराइट|अधिकार|व्यावसायिक|वाणिज्यिक|केवल|सिर्फ|अनुमति|निषिद्ध|प्रतिबंध|शोध|अनुसंधान|शैक्षणिक|शैक्षिक|निजी|व्यक्तिगत|शर्त|उपयोग|
    লাইসেন্স|কপিরাইট|স্বত্ব|অধিকার|বাণিজ্যিক|শুধু|কেবল|অনুমতি|নিষিদ্ধ|গবেষণা|শিক্ষা|ব্যক্তিগত|শর্ত|ব্যবহার
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LIMITS = re.compile(
    r"""
    non-?\ ?commercial\w*|not\ for\ (?:any\ )?(?:commercial|profit|sale|redistribution)\w*|no\ commercial|commercial\ use\ (?:is\ )?(?:prohibited|forbidden|not)|
    (?:research|academic|educational?|personal|private|internal|evaluation|scientific|teaching)(?:\ (?:and|or|and/or)\ \w+)?\ (?:use|purposes?|only)\b|
    all\ rights\ reserved|no\ redistribution|(?:may|must|can)\ ?not\ be\ \w+|upon\ request|
    no\ comercial\w*|não[\s-]comercia\w*|non[\s-]commercia\w*|nicht[\s-]?kommerziell\w*|non-?komersial|nonkomersial|niet-commerci\w*|ticari\ olmayan|niekomercyjn\w*|phi\ thương\ mại|
    tous\ droits\ réservés|todos\ los\ derechos\ reservados|todos\ os\ direitos\ reservados|alle\ rechte\ vorbehalten|hak\ cipta\ dilindungi\w*|
    非商[业業用]\w{0,2}|非营利|非營利|仅供\w{0,6}|僅供\w{0,6}|仅限\w{0,6}|保留所有权利|版权所有|版權所有|非営利|非商用|商用利用\w{0,3}禁止|無断転載|비상업\w*|비영리\w*|무단\ ?\w*|
    некоммерч\w*|все\ права\ защищены|только\ для\ \w+|غير\ ?(?:ال)?تجاري\w*|جميع\ الحقوق\ محفوظة|غیر\ ?تجار\w*|जملہ\ حقوق\ محفوظ|
    गैर[\s-]?(?:व्यावसायिक|वाणिज्यिक|व्यापारिक)|सर्वाधिकार\ सुरक्षित|অবাণিজ্যিক|সর্বস্বত্ব\ সংরক্ষিত
    """,
    re.VERBOSE | re.IGNORECASE,
)
_COPYRIGHT_LINE = re.compile(
    r"^(?:copyright\s*)?(?:\(c\)|©|copyright)\s*(?:\(c\)|©)?[\s,]*(?:\d{4}[\s,–—-]*(?:\d{4}|present)?[\s,]*)*(?:by\s+)?(.*)$",
    re.IGNORECASE,
)
# What a template asks to fill in, and many leave as it is.
_COPYRIGHT_TEMPLATE = re.compile(
    r"^copyright\s*(?:\(c\)\s*)?[\[{]\w+[\]}]\s*[\[{][\w ]+[\]}]\.?$", re.IGNORECASE
)
_OWNED = re.compile(r"\d{4}|\(c\)|\ufffc\W*©", re.IGNORECASE)  # a year, or the sign behind a licence's name
_IN_COPYRIGHT_LINES = _listed("""
    and the by contributors contributor authors author team of for its present et al de von van der la y und inc ltd llc
    corp corporation gmbh project developers
""")
# Words that only English has; "in", "was" or "to" are words of others too.
_ENGLISH = _listed("""
    the and of with that this these those you your from which have are how when than each used using more into they their there what
""")
_WORD = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*|\ufffc")
_CODE = re.compile(r"```.*?```|`[^`]*`|[=${}<>\\]|::|\bimport\b|\bpip\b|\bnpm\b|\bgit\b")
_FEWEST_FOREIGN_WORDS = 3
_MOST_NAMES = 6  # words of proper names in one sentence that is understood
_TITLE = re.compile(r"^\s*#\s+(.+)$|^(.+)\n=+\s*$", re.MULTILINE)


def may_speak_of_rights(sentence: str) -> bool:
    return _RIGHTS.search(_folded(sentence)) is not None


def limit(sentence: str) -> str:
    """The words that limit what one may do, or nothing; not every limit is known."""
    words = _LIMITS.search(_folded(sentence))
    return words[0] if words else ""


def proper_names(text: str) -> frozenset[str]:
    """The words of a text's own title, in lower case: names that its sentences may use."""
    title = _TITLE.search(text)
    if not title:
        return frozenset()
    return frozenset(_words(title[1] or title[2])) if not _RIGHTS.search(title[0]) else frozenset()


def is_understood(sentence: str, names: frozenset[str], *, named: bool) -> bool:
    """Whether nothing but words of the list stands in a sentence whose licences' names were taken out, or only whose copyright it is."""
    plain = _folded(sentence)
    words = _WORD.findall(plain)
    if is_copyright_line(plain):
        return True
    if not named:
        return set(_words(plain)) <= _POINTING
    if re.search(r"\d", _MONTH_AND_YEAR.sub("", plain)):
        return False  # from a day on, up to a number
    others = [word for word in words if word.lower() not in _UNDERSTOOD | names | _PLACEHOLDERS]
    return all(_is_name(word, words) for word in others) and len(others) <= _MOST_NAMES


def is_copyright_line(sentence: str) -> bool:
    """``Copyright (c) 2024 Ada and contributors``: a sign, a year, names, and nothing that is said of them."""
    if _COPYRIGHT_TEMPLATE.match(sentence.strip()):
        return True
    line = _COPYRIGHT_LINE.match(sentence.strip(f" .,-*{''.join(_PLACEHOLDERS)}"))
    if not line or not _OWNED.search(sentence):
        return False
    owners = _WORD.findall(line[1])
    return not _RIGHTS.search(line[1].replace("University", "")) and all(
        word[0].isupper() or word.lower() in _IN_COPYRIGHT_LINES or len(owners) == 1 for word in owners
    )


def _is_name(word: str, words: list[str]) -> bool:
    """A word that can only be somebody's or something's name: ``MedQuAD`` anywhere, ``Corpus Birds`` not, because any noun may begin a title."""
    latin = all("LATIN" in unicodedata.name(letter, "") for letter in word if letter.isalpha())
    inner = any(letter.isupper() for letter in word[1:]) and not word.isupper()
    return latin and inner and not all(other[0].isupper() for other in words if other[0].isalpha())


def is_english(sentence: str, names: frozenset[str]) -> bool:
    """Whether a sentence without a word of rights may be passed over, because it is read well enough to know that."""
    plain = _folded(sentence)
    words = [word.lower() for word in _WORD.findall(plain)]
    foreign = [letter for letter in plain if letter.isalpha() and "LATIN" not in unicodedata.name(letter, "")]
    if len(foreign) > 1 and not {letter.lower() for letter in foreign} <= set("αβγδεθλμπσφω"):
        return set(words) <= _UNDERSTOOD | names
    if len(words) < _FEWEST_FOREIGN_WORDS or _CODE.search(plain) or set(words) & _ENGLISH:
        return True
    if 2 * sum(word in _UNDERSTOOD for word in words) >= len(words):
        return True  # a heading, "Dataset card for birds"
    return _language(plain) == "en"


def _language(text: str) -> str:
    import py3langid

    return str(py3langid.classify(text.lower())[0])


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _folded(text: str) -> str:
    """With plain blanks, hyphens and letters: what looks the same is read the same."""
    plain = re.sub(r"[\u00ad\u200b-\u200f\u2060\ufeff]", "", unicodedata.normalize("NFKC", text))
    return " ".join(re.sub(r"[\u2010-\u2015\u2212]", "-", plain).replace("\u2019", "'").split())
