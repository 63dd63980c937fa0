"""Invented people with Haryana's names, in both scripts. None of them is anybody's likeness."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Name:
    """A person's name as each script writes it."""

    hi: str
    en: str

    @property
    def given(self) -> "Name":
        """The first word of the name: all that an SMS says."""
        return Name(self.hi.split()[0], self.en.split()[0])

    def __add__(self, other: "Name") -> "Name":
        return Name(f"{self.hi} {other.hi}", f"{self.en} {other.en}")


def _names(text: str) -> tuple[Name, ...]:
    """Read "हिंदी=Latin" pairs, one a word."""
    return tuple(Name(*pair.split("=")) for pair in text.split())


WOMEN = _names(
    "कमला=Kamla सुनीता=Sunita आशा=Asha बिमला=Bimla सरोज=Saroj शकुंतला=Shakuntala राजबाला=Rajbala "
    "संतोष=Santosh मीना=Meena पूनम=Poonam किरण=Kiran निर्मला=Nirmala कविता=Kavita अनीता=Anita "
    "रेखा=Rekha सुमन=Suman ओमवती=Omwati रोशनी=Roshni प्रेमवती=Premwati शारदा=Sharda "
    "नीलम=Neelam मंजू=Manju ऊषा=Usha सीमा=Seema दर्शना=Darshana बबीता=Babita पिंकी=Pinki "
    "ज्योति=Jyoti रितु=Ritu नसीमा=Naseema फरीदा=Farida हरजीत=Harjeet सुरिंदर=Surinder "
    "लक्ष्मी=Lakshmi गीता=Geeta शबनम=Shabnam गुरमीत=Gurmeet अंजू=Anju सविता=Savita"
)
MEN = _names(
    "रामफल=Ramphal सतबीर=Satbir राजेश=Rajesh सुरेश=Suresh महावीर=Mahavir ओमप्रकाश=Omparkash "
    "जगदीश=Jagdish धर्मवीर=Dharamvir बलवान=Balwan रमेश=Ramesh नरेश=Naresh विजय=Vijay "
    "सुभाष=Subhash कृष्ण=Krishan दलबीर=Dalbir रणबीर=Ranbir प्रदीप=Pradeep संदीप=Sandeep "
    "मनोज=Manoj अशोक=Ashok हवासिंह=Hawasingh चंद्रभान=Chanderbhan इमरान=Imran यूसुफ=Yusuf "
    "सलीम=Salim जसवंत=Jaswant हरभजन=Harbhajan बलजीत=Baljit "
    "दीपक=Deepak नवीन=Naveen सोमबीर=Sombir जयभगवान=Jaibhagwan "
    "रोहताश=Rohtash कर्मवीर=Karamvir ईश्वर=Ishwar भीम=Bhim लीलाराम=Leelaram पवन=Pawan "
    "अनिल=Anil विकास=Vikas"
)
FAMILY_NAMES = _names(
    "शर्मा=Sharma यादव=Yadav सैनी=Saini दहिया=Dahiya मलिक=Malik अहलावत=Ahlawat सांगवान=Sangwan "
    "कुंडू=Kundu बेनीवाल=Beniwal गोयल=Goyal बंसल=Bansal गुप्ता=Gupta राठी=Rathee देशवाल=Deswal "
    "जाखड़=Jakhar अरोड़ा=Arora चावला=Chawla वर्मा=Verma जांगड़ा=Jangra प्रजापति=Prajapati "
    "रोहिल्ला=Rohilla कंबोज=Kamboj नैन=Nain दलाल=Dalal नरवाल=Narwal तंवर=Tanwar चौहान=Chauhan "
    "राणा=Rana कादियान=Kadian सहरावत=Sehrawat लांबा=Lamba "
    "भारद्वाज=Bhardwaj कौशिक=Kaushik मेहता=Mehta"
)
MUSLIM = {"Naseema", "Farida", "Shabnam", "Imran", "Yusuf", "Salim"}
SIKH = {"Harjeet", "Surinder", "Gurmeet", "Harbhajan", "Baljit", "Jaswant"}
KHAN, KAUR, SINGH = Name("खान", "Khan"), Name("कौर", "Kaur"), Name("सिंह", "Singh")
DEVI, KUMAR = Name("देवी", "Devi"), Name("कुमार", "Kumar")

# Officers get names that are rare enough together not to be a real officer's.
OFFICERS = _names(
    "मीरा=Meera इंद्रावती=Indrawati वेदप्रभा=Vedprabha सोमलता=Somlata चंद्रकला=Chandrakala "
    "जसवंती=Jaswanti कीर्तिमाला=Kirtimala इंदुमती=Indumati वसुंधरा=Vasundhara हेमलता=Hemlata "
    "स्नेहप्रभा=Snehprabha मधुमालती=Madhumalti विद्यावती=Vidyawati तारामणि=Taramani "
    "बृजभूषण=Brijbhushan मातूराम=Maturam उदमीराम=Udmiram जगरूप=Jagroop रघुनंदन=Raghunandan "
    "पृथ्वीपाल=Prithvipal सूरजमल=Surajmal हरिकिशोर=Harikishor देवकीनंदन=Devkinandan "
    "मानधाता=Mandhata लक्ष्मीकांत=Lakshmikant श्रवणकुमार=Shravankumar चेतनदास=Chetandas "
    "नंदकिशोर=Nandkishor मोहनदास=Mohandas गिरधारी=Girdhari विश्वंभर=Vishwambhar"
)
OFFICERS_FAMILY_NAMES = _names(
    "नांदल=Nandal लोहान=Lohan गुलिया=Gulia खासा=Khasa पंघाल=Panghal छिल्लर=Chhillar "
    "बोकन=Bokan तेवतिया=Tewatia फौगवाल=Phogwal मोर=Mor खरब=Kharb बूरा=Bura काजल=Kajal "
    "लौरा=Loura ठाकरान=Thakran डांगी=Dangi रेढू=Redhu सिहाग=Sihag गोदारा=Godara"
)


class Register:
    """Gives out names that it gave to nobody before; the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - names, not secrets
        self._given_out: set[str] = set()

    def adult(self) -> Name:
        """Return the name of a woman or a man, with a family name."""
        for _try in range(1000):
            women = self._random.random() < 0.45
            given = self._random.choice(WOMEN if women else MEN)
            name = given + self._family_name(given, women=women)
            if name.en not in self._given_out:
                self._given_out.add(name.en)
                return name
        raise LookupError("There are no names left to give out.")

    def officer(self) -> Name:
        """Return the name of somebody who holds an office."""
        for _try in range(1000):
            given = self._random.choice(OFFICERS)
            name = given + self._random.choice(OFFICERS_FAMILY_NAMES)
            if name.en not in self._given_out:
                self._given_out.add(name.en)
                return name
        raise LookupError("There are no names left to give out.")

    def household(self, people: int) -> list[Name]:
        """Return the names of a family: different given names, and what they have in common."""
        first = self.adult()
        names = [first]
        for women in (bool(place % 2) for place in range(1, people)):
            taken = {name.given.en for name in names}
            given = self._random.choice(
                [
                    name
                    for name in (WOMEN if women else MEN)
                    if name.en not in taken and _custom(name) == _custom(first.given)
                ]
            )
            names.append(given + self._same_family(first, given, women=women))
        return names

    def _same_family(self, first: Name, given: Name, *, women: bool) -> Name:
        if _custom(given) or first.en.endswith((DEVI.en, KUMAR.en)):
            return self._family_name(given, women=women)
        if women and self._random.random() < 0.5:
            return DEVI
        return Name(first.hi.split()[-1], first.en.split()[-1])

    def _family_name(self, given: Name, *, women: bool) -> Name:
        if _custom(given) == "khan":
            return KHAN
        if _custom(given) == "singh":
            return KAUR if women else SINGH
        if self._random.random() < 0.12:
            return DEVI if women else KUMAR
        return self._random.choice(FAMILY_NAMES)


def _custom(given: Name) -> str:
    """Return by which custom a family is named: families do not mix them here."""
    if given.en in MUSLIM:
        return "khan"
    return "singh" if given.en in SIKH else ""
