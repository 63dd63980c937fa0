"""What the demo's citizens want to talk about: invented, harmless, as people write it."""

from dataclasses import dataclass

from officials.models import Post

# What the offices of a department are asked about. The offices of all matters (the Chief
# Minister's, districts, legislators) are asked about everything.
CATEGORIES_OF = {
    "HOM": {"police"},
    "SED": {"education"},
    "HED": {"education"},
    "MER": {"health"},
    "SJE": {"pensions"},
    "LAB": {"employment"},
    "SDT": {"employment"},
    "TCP": {"municipal"},
}
OF_ALL_MATTERS = {"CMO", "CSO", "VSS", "REV"}


@dataclass(frozen=True)
class Matter:
    """One subject: its category, its language, and what is written in the three fields."""

    category: str
    language: str
    subject: str
    sought: str
    description: str
    # Codes of departments whose own business it is, whatever the category.
    departments: tuple[str, ...] = ()

    def suits(self, post: Post) -> bool:
        """Whether somebody would bring this matter to ``post``."""
        department = post.department.code
        if department in OF_ALL_MATTERS:
            return not self.departments
        own = CATEGORIES_OF.get(department, set())
        return department in self.departments or self.category in own


MATTERS = (
    Matter(
        "revenue", "hi", "खेत की निशानदेही तीन महीने से लंबित",
        "तहसीलदार को निशानदेही की तारीख तय करने का आदेश",
        "हमारे खेत की निशानदेही के लिए तीन महीने पहले फीस जमा की थी। पटवारी दो बार तारीख बदल चुके हैं। "
        "पड़ोसी से झगड़ा न हो, इसलिए सरकारी निशानदेही चाहते हैं।",
    ),
    Matter(
        "revenue", "en", "Mutation of inherited land not entered",
        "Entry of the mutation and a certified copy",
        "My father passed away in March. All papers were handed in at the tehsil and the mutation "
        "has still not been entered, so the bank does not give a crop loan.",
    ),
    Matter(
        "revenue", "hi", "आय प्रमाण पत्र में नाम की गलती",
        "नाम ठीक करके नया प्रमाण पत्र",
        "बेटी के आय प्रमाण पत्र में नाम गलत छपा है। दाखिले की अंतिम तारीख पास है और "
        "केंद्र पर सुधार नहीं हो पा रहा।",
    ),
    Matter(
        "revenue", "en", "Path to our fields closed by a fence",
        "Inspection of the path by the revenue officer",
        "The public path between two fields has been fenced since last month. Six families have no "
        "way for a tractor. We ask for an inspection before sowing.",
    ),
    Matter(
        "police", "hi", "मोबाइल चोरी की शिकायत पर अब तक जानकारी नहीं",
        "जांच की स्थिति की जानकारी",
        "बस अड्डे पर मोबाइल चोरी हुआ था। शिकायत की रसीद मेरे पास है, पर दो महीने से कोई सूचना नहीं मिली।",
    ),
    Matter(
        "police", "en", "More patrolling near the girls' college",
        "An evening patrol between 4 and 6 pm",
        "Students walking to the bus stand feel unsafe in the evening. The residents' committee "
        "would like to suggest a route and help with street lights.",
    ),
    Matter(
        "police", "en", "Heavy vehicles on the school road",
        "A no-entry time for trucks during school hours",
        "Trucks use the road in front of two schools at 7.30 am and 1.30 pm. Parents have written "
        "twice and would like to explain on a map.",
    ),
    Matter(
        "pensions", "hi", "वृद्धावस्था सम्मान भत्ता चार महीने से नहीं आया",
        "रुका हुआ भत्ता खाते में जमा कराना",
        "बैंक खाता बदलने के बाद से भत्ता बंद है। नया खाता नंबर दो बार जमा कराया है। उम्र 72 वर्ष है और "
        "बार-बार दफ्तर आना कठिन है।",
    ),
    Matter(
        "pensions", "en", "Widow pension of my mother not decided",
        "A decision on the application of last November",
        "All papers were uploaded at the Saral Kendra. The status has shown 'under "
        "verification' since then.",
    ),
    Matter(
        "pensions", "hi", "दिव्यांग पेंशन के लिए दोबारा मेडिकल जांच",
        "जांच की तारीख जिले में ही मिले",
        "मुझे जांच के लिए दूसरे जिले में बुलाया गया है। व्हीलचेयर से इतनी दूर जाना कठिन है।",
    ),
    Matter(
        "ration", "hi", "राशन कार्ड में पोते का नाम नहीं जुड़ा",
        "राशन कार्ड में नाम जोड़ना",
        "परिवार पहचान पत्र में नाम है, पर राशन कार्ड में नहीं आया। डिपो होल्डर कम राशन देता है।",
    ),
    Matter(
        "ration", "en", "Ration depot opens only two days a month",
        "Regular hours at the depot of our ward",
        "Daily wage workers cannot come on the two days on which the depot opens.",
    ),
    Matter(
        "water-roads", "hi", "गाँव की फिरनी की सड़क टूटी हुई है",
        "बरसात से पहले सड़क की मरम्मत",
        "फिरनी पर दो साल से गड्ढे हैं। स्कूल बस और एम्बुलेंस गाँव के अंदर नहीं आ पाती। "
        "पंचायत का प्रस्ताव साथ लगाया है।",
    ),
    Matter(
        "water-roads", "en", "Drinking water only every third day",
        "Repair of the old pipeline of our street",
        "Forty houses at the end of the line get water every third day for half an hour. The "
        "pipeline was to be replaced last year.",
    ),
    Matter(
        "water-roads", "hi", "जलघर का मोटर पंप बार-बार खराब",
        "नया पंप और एक ऑपरेटर",
        "जलघर का पंप महीने में तीन बार खराब होता है। गाँव के लोग टैंकर से पानी खरीद रहे हैं।",
    ),
    Matter(
        "electricity", "hi", "ढाणी का ट्रांसफार्मर ओवरलोड",
        "बड़ा ट्रांसफार्मर लगवाना",
        "एक ट्रांसफार्मर पर 60 घर और 9 ट्यूबवेल हैं। गर्मी में रोज बिजली जाती है।",
    ),
    Matter(
        "electricity", "en", "Electricity bill twelve times the usual amount",
        "Testing of the meter and a corrected bill",
        "The bill of our shop jumped after the meter was changed. The complaint number has been "
        "open for ten weeks.",
    ),
    Matter(
        "education", "hi", "राजकीय स्कूल में विज्ञान अध्यापक का पद खाली",
        "विज्ञान अध्यापक की नियुक्ति",
        "दसवीं कक्षा में आठ महीने से विज्ञान का अध्यापक नहीं है। बोर्ड की परीक्षा पास है।",
    ),
    Matter(
        "education", "en", "Bus for girl students of five villages",
        "One bus at 7.45 am to the women's college",
        "More than ninety students walk three kilometres to the highway. The list of students from "
        "all five villages is ready.",
    ),
    Matter(
        "education", "en", "Scholarship of the last year not paid",
        "Release of the post-matric scholarship",
        "The college has verified the application. The amount was returned because the bank "
        "was merged, and has not been sent again.",
    ),
    Matter(
        "health", "hi", "प्राथमिक स्वास्थ्य केंद्र में डॉक्टर नहीं",
        "सप्ताह में तीन दिन डॉक्टर की ड्यूटी",
        "केंद्र में केवल फार्मासिस्ट हैं। प्रसव के लिए महिलाओं को 25 किलोमीटर दूर जाना पड़ता है।",
    ),
    Matter(
        "health", "en", "Dialysis machine out of order at the civil hospital",
        "Repair, or treatment at another hospital meanwhile",
        "Patients of our area travel to the next district twice a week at their own cost.",
    ),
    Matter(
        "employment", "hi", "आईटीआई के बाद प्रशिक्षु का मानदेय नहीं मिला",
        "छह महीने का रुका हुआ मानदेय",
        "फिटर ट्रेड में प्रशिक्षण पूरा किया। कंपनी ने हाजिरी भेज दी है, पर भुगतान नहीं आया।",
    ),
    Matter(
        "employment", "en", "Skill centre for women in our block",
        "A tailoring and computer course nearer than 20 km",
        "A self-help group of 34 women offers a hall free of rent for a course.",
    ),
    Matter(
        "municipal", "hi", "गली में सीवर का पानी भरा रहता है",
        "सीवर लाइन की सफाई",
        "वार्ड की गली में एक महीने से गंदा पानी खड़ा है। बच्चे बीमार पड़ रहे हैं। नगर परिषद में शिकायत की थी।",
    ),
    Matter(
        "municipal", "en", "Property tax assessed on a house that is not ours",
        "Correction of the property ID",
        "Two houses of the street carry each other's property ID. Both families agree and "
        "ask for the correction together.",
    ),
    Matter(
        "panchayat", "hi", "गाँव के तालाब की सफाई और चारदीवारी",
        "तालाब के लिए ग्रांट",
        "तालाब में कूड़ा डाला जा रहा है। ग्राम सभा ने प्रस्ताव पास किया है और श्रमदान के लिए 80 लोग तैयार हैं।",
    ),
    Matter(
        "panchayat", "en", "Library in the old panchayat building",
        "Permission to use the old building as a library",
        "Young people of the village have collected 900 books. The old panchayat house "
        "stands empty.",
    ),
    Matter(
        "farming", "hi", "ओलावृष्टि से सरसों की फसल का नुकसान",
        "विशेष गिरदावरी और मुआवजा",
        "हमारे गाँव का नाम गिरदावरी की सूची में नहीं है, जबकि साथ के दोनों गाँवों में मुआवजा मिला है।",
    ),
    Matter(
        "farming", "en", "Payment for millet sold at the mandi is pending",
        "Payment of the pending J-forms",
        "Eleven farmers sold bajra at the notified price two months ago and hold the J-forms.",
    ),
    Matter(
        "other", "hi", "नीति के बारे में सुझाव: ग्रामीण युवाओं के लिए खेल मैदान",
        "दस मिनट में सुझाव रखना",
        "हमारे क्लब ने पाँच गाँवों का सर्वे किया है और एक छोटा सुझाव पत्र बनाया है।",
    ),
    Matter(
        "other", "en", "Proposal for rain water harvesting in industrial plots",
        "Fifteen minutes to present a two-page proposal",
        "Our association of small units has tried it on eight plots and would share the figures.",
    ),
    Matter(
        "police", "hi", "पड़ोस में रात को तेज आवाज में डीजे",
        "रात 10 बजे के बाद रोक का पालन",
        "बच्चों की परीक्षा है और मैरिज पैलेस में रात 1 बजे तक डीजे चलता है। डायल करने पर थोड़ी देर बंद होता है।",
    ),
    Matter(
        "police", "en", "Verification for a passport pending for weeks",
        "Completion of the police verification",
        "The verification has been pending since the beginning of last month although all papers "
        "were shown at the station.",
        ("HOM",),
    ),
    Matter(
        "water-roads", "hi", "गाँव के लिए सुबह की बस सेवा",
        "सुबह 7 बजे एक बस",
        "कॉलेज और दफ्तर जाने वालों के लिए गाँव से कोई बस नहीं है। पंचायत ने सवारियों की सूची बनाई है।",
        ("TRC",),
    ),
    Matter(
        "water-roads", "en", "Bus stop moved two kilometres from the market",
        "One stop at the old place for elderly people",
        "Since the bypass opened, no bus stops near the market. Shopkeepers offer to build a shed.",
        ("TRC",),
    ),
    Matter(
        "other", "hi", "परिवार पहचान पत्र में आय गलत दर्ज",
        "आय का दोबारा सत्यापन",
        "पहचान पत्र में हमारी आय तीन गुना दिखाई गई है, इसलिए बच्चों की छात्रवृत्ति रुक गई है।",
        ("EIT", "GAD"),
    ),
    Matter(
        "other", "en", "Online application returned four times without a reason",
        "A look at the application together",
        "The portal sends the application back with the remark 'incomplete' and does not say what "
        "is missing.",
        ("EIT", "GAD"),
    ),
    Matter(
        "employment", "hi", "वरिष्ठता सूची में नाम छूट गया",
        "सूची में सुधार",
        "विभाग की वरिष्ठता सूची में मेरा नाम नहीं है। आपत्ति समय पर दर्ज कराई थी, उत्तर नहीं मिला।",
        ("PTV", "GAD"),
    ),
    Matter(
        "employment", "en", "Experience certificate for contract service",
        "The certificate before the next recruitment",
        "I served for six years on contract. The last date of the recruitment is near.",
        ("PTV",),
    ),
    Matter(
        "other", "hi", "लोक कलाकार मंडली का मानदेय बाकी",
        "पिछले मेले के कार्यक्रम का भुगतान",
        "मंडली के नौ कलाकारों ने तीन दिन कार्यक्रम किया था। बिल छह महीने से कार्यालय में है।",
        ("IPR",),
    ),
    Matter(
        "other", "en", "Accreditation of a weekly newspaper",
        "A decision on the application",
        "Our weekly has appeared for seven years without a gap. The application was handed in with "
        "all issues of the last year.",
        ("IPR",),
    ),
    Matter(
        "pensions", "hi", "सेवानिवृत्ति के बाद पेंशन फाइल लंबित",
        "पेंशन भुगतान आदेश जारी कराना",
        "सेवानिवृत्ति को आठ महीने हो गए हैं। फाइल दो कार्यालयों के बीच आ-जा रही है।",
        ("FIN",),
    ),
    Matter(
        "pensions", "en", "Medical bill of a pensioner pending for a year",
        "Payment of the approved bill",
        "The bill was approved in principle last winter. Three reminders have not been answered.",
        ("FIN",),
    ),
)  # fmt: skip

DECLINED = (
    (
        "other_office",
        "hi",
        "यह विषय यहाँ लिखा कार्यालय देखता है। कृपया वहाँ अपॉइंटमेंट लें; आपके कागज़ात वहीं देखे जाएंगे।",
    ),
    (
        "other_office",
        "en",
        "This matter is with the office named here. It can settle it at once; please ask there.",
    ),
    (
        "papers_missing",
        "hi",
        "आवेदन के साथ रसीद की प्रति नहीं है। कृपया प्रति लगाकर दोबारा अनुरोध करें।",
    ),
    (
        "answered",
        "en",
        "This was settled on Monday. The order can be collected at the Saral Kendra.",
    ),
    (
        "court",
        "en",
        "This matter is before the civil court. We can act once the court has decided.",
    ),
    (
        "repeated",
        "hi",
        "इस विषय पर पिछले महीने बैठक हो चुकी है। विभाग की रिपोर्ट आने पर आपको सूचना दी जाएगी।",
    ),
)
CANCELLED = (
    ("hi", "माननीय न्यायालय में पेशी के कारण उस दिन बैठक नहीं हो सकेगी। कृपया नया समय चुनें।"),
    ("en", "The officer is called to the State headquarters that day. Please choose a new time."),
)
