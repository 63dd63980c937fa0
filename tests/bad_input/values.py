"""What nobody types and somebody sends: values for any field, query and header."""

from hypothesis import strategies as st

# Fixed ones first: each has broken some portal once.
ODD = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",  # half of a character, as a broken client sends it
    "\u202e\u200f\u200d\ufeff",
    "😀' OR 1=1 --%_\\<script>alert(1)</script>{{7*7}}{%x%}",
    "क़" * 300,
    "x" * 20_000,
    "-1",
    "0",
    "1e309",
    "NaN",
    "9" * 40,
    "9223372036854775808",
    "2147483648",
    "٣",  # a digit to Python, none to PostgreSQL
    "²",
    "0001-01-01",
    "9999-12-31",
    "9999-12-31T23:00/9999-12-31T23:59",
    "2026-02-30",
    "24:60",
    "null",
    "[]",
    '{"a": 1}',
    "../../etc/passwd",
    "//evil.example/",
    "javascript:alert(1)",
    "\r\nSet-Cookie: a=b",
    "draw-1",
    "draw-" + "9" * 30,
    "ES00000000",
    "+" * 30,
]
odd = st.one_of(
    st.sampled_from(ODD),
    st.text(max_size=40),
    st.text(alphabet=st.characters(categories=["Cf", "Cc", "Mn", "Cs"]), max_size=12),
    st.integers(-(10**20), 10**20).map(str),
    st.dates().map(str),
    st.datetimes().map(lambda at: at.strftime("%Y-%m-%dT%H:%M")),
)
# What is done to one field: left out, sent once with another value, or several times.
change = st.one_of(st.none(), odd, st.lists(odd, min_size=2, max_size=3))
