"""Encodings: told by their first bytes, by being UTF-8, or by their words where these leave no doubt; else asked about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.errors import InputError
from commons.intake.formats import byte_order, encodings
from commons.intake.raw_rows import ReadingOptions

GERMAN = "Der Mond kreist um die Erde, für immer und ewig.\nGröße und Änderung der Flüsse wären zu prüfen.\n"
# language -> encodings it is written in, and a text of it
OLDER = {
    "German": (["cp1252"], GERMAN),
    "Spanish": (["cp1252"], "El niño español llegó mañana.\n¿Qué pasó después en la reunión?\nLa región está más allá.\n"),
    "French": (["cp1252"], "L’été dernier, l’élève a reçu une leçon à l’école.\nLe cœur bat très vite après la fête.\n"),
    "Italian": (["cp1252"], "La città è più grande.\nPerché non c’è la libertà?\nIl caffè costerà di più, però può aspettare.\n"),
    "Portuguese": (["cp1252"], "A informação não está disponível.\nAs crianças não vão à região amanhã.\n"),
    "Swedish": (["cp1252"], "Månen går runt jorden på en månad.\nVattnet fryser när det är kallt, så är det också här.\n"),
    "Polish": (["cp1250", "iso8859_2"], "Księżyc okrąża Ziemię w ciągu miesiąca.\nŻelazo rdzewieje w wodzie, więc są też inne części.\n"),
    "Czech": (["cp1250"], "Měsíc oběhne Zemi přibližně za měsíc.\nŽelezo ve vodě rezaví, když je příliš dlouho mokré.\n"),
    "Turkish": (["cp1254"], "Ay, Dünya’nın çevresinde dolaşır.\nDemir suda paslanır, çünkü değişik bir şey olmuştur.\n"),
    "Hebrew": (["cp1255"], "הירח מקיף את כדור הארץ בכל חודש.\nהברזל מחליד במים.\n"),
    "Arabic": (["cp1256"], "يدور القمر حول الأرض كل شهر.\nالحديد يصدأ في الماء.\n"),
    "Thai": (["cp874"], "ดวงจันทร์โคจรรอบโลกทุกเดือน\nเหล็กเป็นสนิมในน้ำ\n"),
    "Ukrainian": (["cp1251", "koi8_u"], "Місяць обертається навколо Землі щомісяця.\nЗалізо іржавіє у воді, а її багато.\n"),
    "Russian": (["cp1251", "koi8_r", "cp866"], "Луна вращается вокруг Земли каждый месяц.\nЖелезо ржавеет в воде.\n"),
    "Greek": (["cp1253"], "Η σελήνη περιστρέφεται γύρω από τη Γη κάθε μήνα.\nΤο σίδερο σκουριάζει στο νερό.\n"),
    "Japanese": (["cp932", "euc_jp"], "月はおよそひと月で地球のまわりを回ります。\n鉄は水の中でさびます。\n"),
    "Chinese": (["gb18030"], "月亮每个月绕地球运行一周。\n铁在水中会生锈，水在零度结冰。\n"),
    "Korean": (["cp949"], "달은 한 달에 한 번 지구를 돕니다.\n철은 물속에서 녹이 습니다.\n"),
}  # fmt: skip


def find(data: bytes, encoding: str = "") -> encodings.TextEncoding:
    return encodings.find(data, "a.csv", ReadingOptions(encoding))


@pytest.mark.parametrize("language", OLDER)
def test_an_older_encoding_is_told_by_two_lines_and_said(language: str) -> None:
    names, text = OLDER[language]
    for name in names:
        found = find(text.encode(name))
        assert found.opened(text.encode(name), newline="").read() == text
        assert found.description.endswith(", as it seems")


def test_a_german_spreadsheet_need_not_be_asked_about() -> None:
    text = "Begriff;Erklärung;Wert\r\nMond;Er kreist um die Erde, für immer.;1,5\r\nGröße;Über die Länge läuft er öfter.;2,25\r\n"
    assert find(text.encode("cp1252")).name == "cp1252"


@pytest.mark.parametrize(
    "text",
    [
        "Término;Definición;Valor\r\nLuna;Gira alrededor de la Tierra en un año;1,5\r\nNiño;Persona de pocos años;2,25\r\n",
        "Terme;Définition\r\nLune;Elle tourne autour de la Terre, c’est un satellite\r\nÉté;Une saison près de l’automne\r\n",
        "Code;Name;Price\r\n1;Café crème;3 €\r\n2;Jalapeño peppers;2 €\r\n3;Crème brûlée – “house style”;5 €\r\n",
    ],
)
def test_a_european_spreadsheet_need_not_be_asked_about(text: str) -> None:
    found = find(text.encode("cp1252"))
    assert found.description == "cp1252, as it seems"


def test_words_in_capitals_are_words() -> None:
    text = "ESPAÑA Y PORTUGAL, UNIÓN EUROPEA, AÑO DE LA REVOLUCIÓN, CORAZÓN Y PASIÓN"
    assert find(text.encode("cp1252")).name == "cp1252"


def test_english_beside_another_alphabet_does_not_hide_it() -> None:
    text = (
        "the moon orbits the earth;Луна вращается вокруг Земли\nthere is a lot of iron in the house;много железа в доме\n"
        * 3
    )
    assert find(text.encode("cp1251")).name == "cp1251"


def test_what_letters_leave_open_is_asked_about_with_how_each_would_read() -> None:
    with pytest.raises(InputError) as caught:
        find("Nr. 5 ò\n".encode("cp1252"))
    assert caught.value.code == "file-encoding"
    assert "cp1252: “Nr. 5 ò”" in caught.value.hint
    assert "--encoding " in caught.value.hint


def test_bytes_of_no_text_are_an_error() -> None:
    with pytest.raises(InputError) as caught:
        find(bytes(range(128, 256)) * 20)
    assert caught.value.code == "file-encoding"


def test_utf8_with_a_few_wrong_bytes_is_utf8() -> None:
    found = find((GERMAN * 3).encode() + b"caf\xe9\n")
    assert (found.name, found.is_sound, found.description) == ("utf-8", False, "")
    assert found.fault("caf\udce9") == "byte 0xe9 in place 4 has no meaning in utf-8"
    assert found.shown("caf\udce9") == "caf\\xe9"


def test_zeros_in_other_text_are_not_those_of_utf16() -> None:
    assert byte_order.encoding(b"text\na\0bc\n") == ""
    assert byte_order.encoding(b"a\0\0\0\n\0\0\0") == ""
    assert byte_order.encoding(b"") == ""


def test_chinese_in_utf16_without_a_mark_is_known_by_its_line_ends() -> None:
    text = "标题,正文\n月,月球绕地球运行一周大约需要一个月的时间。\n"
    for name in ("utf-16-le", "utf-16-be"):
        assert find(text.encode(name)).opened(text.encode(name), newline="").read() == text


@pytest.mark.parametrize("name", ["no-such", "hex", "undefined", "rot13"])
def test_an_encoding_that_python_lacks_is_an_error(name: str) -> None:
    with pytest.raises(InputError) as caught:
        find(b"text\na\n", name)
    assert caught.value.code == "file-encoding"
    assert caught.value.hint


@given(
    st.binary(max_size=200),
    st.sampled_from(["utf-8", "cp1252", "utf-16-le", "utf-32-be", "gb18030", "euc_jp"]),
)
def test_any_bytes_are_text_with_marks_for_what_has_no_meaning(data: bytes, name: str) -> None:
    found = find(data, name)
    text = found.opened(data, newline="").read()
    assert (found.fault(text) == "") == found.is_sound
    found.shown(text).encode("utf-8")  # no half of a pair is left
