"""Specimens: tokens, passwords and numbers that documentation shows in place of real ones. They have the form and are nobody's.

A token is made up when most of it is one character repeated or a run such as ``1234567890`` or ``abcdef``, or when a word in it says so
(``example``, ``changeme``, ``your``); it is documented when its service prints it in its own manual. A number is made up when it is one
digit repeated or counts up, or when its issuer publishes it or sets it aside for tests.

Only distinctive parts of published tokens stand here, so that nobody's scanner takes this file for a leak.
"""

from __future__ import annotations

import re
from itertools import pairwise

# -- tokens ------------------------------------------------------------------------------------------------------------------------

_WORDS = re.compile(
    r"(?i)example|dummy|change_?-?me|placeholder|sample|redacted|replace_?-?(?:me|with|this)|insert_?-?(?:your|here)|not_?-?a?_?-?real"
    r"|do_?-?not_?-?use|goes_?-?here|foo_?-?bar|lorem_?-?ipsum|made_?-?up|(?<![a-z0-9])(?:your?|my|fake|here)(?:[_-]|$)|[_-]here(?![a-z])"
    r"|(?:your|my)_?-?(?:own|api|token|secret|access|auth|key|password|personal|client)|fake_?-?(?:api|token|secret|key)"
)
# Of 64 random hexadecimal digits, 6 in 100 stand in such runs by chance, of letters and digits fewer.
_MOST_IN_RUNS = 0.5
_SHORTEST_RUN = 3
_DOCUMENTED_TOKENS = (
    "16C7e42F292c6912E77", "1B4a2e77838347a7E420ce178F2E7c69",  # GitHub, "Authorizing OAuth apps", "Refreshing user access tokens"
    "8M7wS6hCpXVc-DoRnPPY", "YQSn-xWAQiiEh9qM58wZ",  # Cloudflare, API reference, "Create token", "Make API calls"
    "Eby8vdM02xNOcqFlqUwJ", "C2y6yDjf5/R+ob0N8A7C",  # Microsoft, the well-known accounts of Azurite and of the Cosmos DB emulator
    "AAFD39kkdpWt3ywyRZer", "AAHdqTcvCH1vGWJxfSeo",  # Telegram, "From BotFather to Hello World", "Bots FAQ"
    "4eC39HqLyjWDarjtT1zd", "BQokikJOvBiI2HlWgH4o",  # Stripe, API reference, "Authentication"
    "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwi", "eyJpc3MiOiJqb2UiLA0KICJleHAi",  # jwt.io; RFC 7519, section 3.1
    "192b9bdd22ab9ed4d12e",  # Flask, "Configuration handling": SECRET_KEY
    "ac0974bec39a17e36ba4", "59c6995e998f97a5a004", "5de4111afa1a4b94908f",  # Hardhat and Anvil, accounts 0 to 2 of every test network
    "4f3edf983ac636a65a84",  # Ganache, account 0 of --deterministic
    "9d61b19deffd5a60ba84", "4ccd089b28ff96da9db6", "c5aa8df43f9f837bedb7",  # RFC 8032, section 7.1
    "77076d0a7318a57d3c16", "5dab087e624a8a4b79e1",  # RFC 7748, section 6.1
)  # fmt: skip


def is_documented_token(token: str) -> bool:
    return any(part in token for part in _DOCUMENTED_TOKENS)


def is_made_up_token(token: str) -> bool:
    """Whether ``token`` is one that nobody will have been given, by every sign."""
    if _WORDS.search(token):
        return True
    body = max(re.findall(r"[A-Za-z0-9]+", token), key=len, default="")
    return _in_runs(body) > _MOST_IN_RUNS * len(body)


def _in_runs(body: str) -> int:
    """How many characters stand in runs of one character, or of neighbours in the alphabet or among the digits."""
    steps = [_step(left, right) for left, right in pairwise(body)]
    inside = 0
    start = 0
    for place in range(1, len(steps) + 1):
        if place == len(steps) or steps[place] != steps[start] or steps[place] is None:
            length = place - start + 1
            inside += length if steps[start] is not None and length >= _SHORTEST_RUN else 0
            start = place
    return min(inside, len(body))


def _step(left: str, right: str) -> int | None:
    if left + right in ("90", "09"):  # 1234567890
        return 1 if left == "9" else -1
    distance = ord(right) - ord(left)
    return distance if distance in (-1, 0, 1) else None


# -- passwords ---------------------------------------------------------------------------------------------------------------------

_NOUNS = (
    r"pass(?:word|wd|phrase|wort|code)?|pwd|psw|pw|secrets?|tokens?|keys?|api[-_]?key|credentials?|login|kata_?sandi|contrase\w*|mot_?de_?passe|senha|"
    r"hasło|wachtwoord|lösenord|пароль|密码|パスワード"
)
_FILLERS = (
    r"a|an|the|my|your|our|some|this|that|is|very|super|top|real|strong|secure|random|long|good|new|old|db|database|sql|root|admin|user(?:name)?|"
    r"example|sample|test(?:ing)?|demo|fake|dummy|mock|foo|bar|baz|here|goes|change|changed?me|replace|me|it|with|in|prod|production|dev|"
    r"postgres|mysql|mongo|redis|rabbit"
)
_WHOLE_PHRASE = re.compile(rf"(?i)(?:(?:{_NOUNS}|{_FILLERS})[-_.]?)*(?:{_NOUNS})(?:[-_.]?(?:{_FILLERS}))*")
_LONGEST_PHRASE = 64  # the words of a phrase may be parted in several ways, each to be tried
_WHOLE_FILLER = re.compile(
    r"(?i)x{3,}|\*+|\.+|…|change[-_]?me|hunter2|example|foo(?:bar)?|ba[rz]|test|dummy|fake|redacted|todo|<.*>|\[.*\]"
)
_PASSWORD_WORD = re.compile(r"(?i)pass|secret|pwd|changeme|hunter2|letmein|example")
_LETTERS_FOR_SIGNS = str.maketrans("@4301$5!", "aaeoissi")


def is_placeholder_password(password: str) -> bool:
    """Whether ``password`` only says that a password stands here: ``a-secret-password``, ``changeme``, ``xxxx``."""
    if len(set(password)) == 1 or _WHOLE_FILLER.fullmatch(password):
        return True
    return len(password) <= _LONGEST_PHRASE and bool(_WHOLE_PHRASE.fullmatch(password))


def sounds_made_up(password: str) -> bool:
    """Whether ``password`` may be the example of a manual or a careless one: ``password123``, ``P@ssw0rd``, ``s3cr3t``."""
    return bool(
        _PASSWORD_WORD.search(password)
        or _PASSWORD_WORD.search(password.translate(_LETTERS_FOR_SIGNS))
        or is_made_up_token(password)
        or is_documented_token(password)
    )


# -- numbers -----------------------------------------------------------------------------------------------------------------------

# By the characters alone. Of national ids: those of issuers' pages and of python-stdnum's documentation, which repeats them.
_NUMBERS_IN_MANUALS = """
    078051120 219099999 457555462 123456789 111111111 987654321 111223333 536904399 912903456 123456782 046454286 130692544 193456787
    295109912611193 253072B07300470 253072A07300443 255081416802538 184127645108946 269054958815780 36574261809 86095742719 65929970489
    47036892816 02476291358 54362315K 12345678Z 00000000T 99999999R X2482300W X1234567L Y1234567X Z1234567R 11144477735 12345678909
    39053344705 52998224725 00000000191 44051401359 02122401358 02211307589 02070803628 111222333 123456782 8803200016 8901023286
    8112289841 8112189876 6709199530 191212121212 1212121212 131052308T 131052A308T 010101123N 2110625629 2110620629 0707614285
    15108695088 01010750160 85073003328 17073003384 93051822361 7569217076985 7561234567897 234123412346 999999990019 360426199101010071
    11010519491231002X 440524188001010014 9710139019902 17291716060 10000000146 7503305044089 8001015009087 9434765870 9434765919
    4010232137 4505577104 4857773456 9876543210 123456782 876543210 7103192745 991231123 7360285163 1630615123457 1800101221144 76086428K
    760864285 125319092 123456785 RCCMNL83S18D969H RSSMRA85T10A562S RSSMRA80A01H501U BOXW310820HNERXN09 HEGG560427MVZRRL04 ACUPA7085R
    AAPPV8261K ABCPE1234F
"""
_DOCUMENTED_NUMBERS = frozenset(_NUMBERS_IN_MANUALS.split())
# NHS numbers from 999 000 0000 are for tests and never issued (NHS Data Dictionary, "NHS number").
_SET_ASIDE = re.compile(r"999\d{7}")
_DIGITS_WITH_CENTURY = 12  # of a Swedish personal number, which has ten without
_COUNTED = tuple("01234567890123456789"[start : start + 8] for start in range(10)) + tuple(
    "98765432109876543210"[start : start + 8] for start in range(10)
)
# Payment schemes' and processors' test cards (Stripe, PayPal, Adyen, Worldpay, Braintree, Authorize.Net) that nothing below would tell.
_CARDS_IN_MANUALS = """
    4012888888881881 4000056655665556 4012000033330026 4012000077777777 4217651111111119 4988438843884305 4166676667666746
    4111111145551142 4917610000000000 4508750015741019 4005519200000004 4009348888881881 4500600000000061 5105105105105100
    5200828282828210 2223003122003222 2222400070000005 5577000055770004 5555341244441115 5424000000000015 5019717010103742
    2223000048400011 2223520043560014 5186001700008785 5436031030606378 378282246310005 371449635398431 378734493671000 370000000000002
    374245455400126 343434343434343 6011111111111117 6011000990139424 6011981111111113 6011000000000012 6445644564456445 6011601160116611
    30569309025904 38520000023237 36227206271667 3056930009020004 36259600000004 38000000000006 3530111333300000 3566002020360505
    3088000000000017 4222222222222 4007000000027 4012888818888 6331101999990016 6771798021000008
"""
_TEST_CARDS = frozenset(_CARDS_IN_MANUALS.split())
_FEWEST_DIGITS_OF_CARD = 5  # of sixteen random digits, 9 of 100,000 numbers have fewer different ones
_EQUAL_DIGITS = re.compile(r"(\d)\1{6}")
# The examples of the IBAN registry (SWIFT, release 97), then those that banks' and tools' manuals repeat.
_IBANS_IN_MANUALS = """
    AD1200012030200359100100 AE070331234567890123456 AL47212110090000000235698741 AT611904300234573201 AZ21NABZ00000000137010001944
    BA391290079401028494 BG80BNBG96611020345678 BH67BMAG00001299123456 BR1800360305000010009795493C1
    BY13NBRB3600900000002Z00AB00 CH9300762011623852957 CR05015202001026284066 CY17002001280000001200527600 CZ6508000000192000145399
    DE89370400440532013000 DK5000400440116243 DO28BAGR00000001212453611324 EE382200221020145685 EG380019000500000000263180002
    ES9121000418450200051332 FI2112345600000785 FO6264600001631634 FR1420041010050500013M02606 GB29NWBK60161331926819
    GE29NB0000000101904917 GI75NWBK000000007099453 GL8964710001000206 GR1601101250000000012300695 GT82TRAJ01020000001210029690
    HR1210010051863000160 HU42117730161111101800000000 IE29AIBK93115212345678 IL620108000000099999999 IQ98NBIQ850123456789012
    IS140159260076545510730339 IT60X0542811101000000123456 JO94CBJO0010000000000131000302 KW81CBKU0000000000001234560101
    KZ86125KZT5004100100 LB62099900000001001901229114 LC55HEMM000100010012001200023015 LI21088100002324013AA LT121000011101001000
    LU280019400644750000 LV80BANK0000435195001 MC5811222000010123456789030 MD24AG000225100013104168 ME25505000012345678951
    MK07250120000058984 MR1300020001010000123456753 MT84MALT011000012345MTLCAST001S MU17BOMM0101101030300200000MUR NL91ABNA0417164300
    NO9386011117947 PK36SCBL0000001123456702 PL61109010140000071219812874 PS92PALS000000000400123456702 PT50000201231234567890154
    QA58DOHB00001234567890ABCDEFG RO49AAAA1B31007593840000 RS35260005601001611379 SA0380000000608010167519 SC18SSCB11010000000000001497USD
    SE4550000000058398257466 SI56191000000123438 SI56263300012039086 SK3112000000198742637541 SM86U0322509800000000270100
    ST68000100010051845310112 ST23000100010051845310146 SV62CENR00000000000000700025 TL380080012345678910157 TN5910006035183598478831
    TR330006100519786457841326 UA213223130000026007233566001 VA59001123000012345678 VG96VPVG0000012345678901 XK051212012345678906
    GB82WEST12345698765432 GB33BUKB20201555555555 GB94BARC10201530093459 DE75512108001245126199 DE02120300000000202051
    DE12500105170648489890 FR7630006000011234567890189 FR7630001007941234567890185 ES6621000418401234567891 ES7921000813610123456789
    CH5604835012345678009 CH3908704016075473007 BE71096123456769 IT40S0542811101000000123456 AT483200000012345864
    PL10105000997603123456789123 NO8330001234567 SE7280000810340009783242 DK9520000123456789 FI1410093000123458 IE64IRCE92050112345678
    PT50002700000001234567833
"""
_DOCUMENTED_IBANS = frozenset(_IBANS_IN_MANUALS.split())


def is_made_up_number(written: str) -> bool:
    """Whether a national id, in any grouping, is published as an example, set aside for tests, one digit repeated, or counts up."""
    compact = _compact(written)
    return (
        compact in _DOCUMENTED_NUMBERS
        or (len(compact) == _DIGITS_WITH_CENTURY and compact[2:] in _DOCUMENTED_NUMBERS)
        or bool(_SET_ASIDE.fullmatch(compact))
        or len(set(compact)) == 1
        or any(counted in compact for counted in _COUNTED)
    )


def is_test_card(digits: str) -> bool:
    return (
        digits in _TEST_CARDS
        or len(set(digits)) < _FEWEST_DIGITS_OF_CARD
        or bool(_EQUAL_DIGITS.search(digits))
        or any(counted in digits for counted in _COUNTED)
    )


def is_documented_iban(written: str) -> bool:
    compact = _compact(written)
    return compact in _DOCUMENTED_IBANS or any(counted in compact for counted in _COUNTED)


def _compact(written: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", written.upper())
