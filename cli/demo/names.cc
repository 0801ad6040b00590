#include "cli/demo/names.h"

namespace daybook::cli {
namespace {

using Words = absl::Span<const absl::string_view>;

constexpr absl::string_view kGivenNames[] = {
    "Ada",    "Amir",  "Anouk",  "Bao",   "Bianca", "Carlos", "Chiara", "Daria",  "Dmitri",
    "Elena",  "Emeka", "Esther", "Farid", "Freya",  "Gita",   "Goran",  "Hana",   "Henrik",
    "Ines",   "Ivo",   "Jana",   "Joao",  "Kaito",  "Karin",  "Leila",  "Lukas",  "Maja",
    "Mateo",  "Mina",  "Nadia",  "Niko",  "Olga",   "Oskar",  "Paula",  "Pedro",  "Quinn",
    "Ravi",   "Rosa",  "Samir",  "Signe", "Tariq",  "Tessa",  "Ulla",   "Victor", "Wanda",
    "Xavier", "Yara",  "Yusuf",  "Zoe",   "Zoltan"};
constexpr absl::string_view kFamilyNames[] = {
    "Abbott",  "Almeida", "Baker",    "Becker",  "Bianchi", "Castro",   "Cohen",  "Dahl",
    "Dubois",  "Eriksen", "Farrell",  "Fischer", "Garcia",  "Haddad",   "Horvat", "Ito",
    "Jensen",  "Kaya",    "Kowalski", "Kumar",   "Laurent", "Lindgren", "Mensah", "Moreau",
    "Nakano",  "Novak",   "Okafor",   "Olsen",   "Petrov",  "Quist",    "Rahman", "Rossi",
    "Schmidt", "Silva",   "Tanaka",   "Torres",  "Ueda",    "Vogel",    "Wagner", "Zeman"};
constexpr absl::string_view kCompanyStems[] = {
    "Alder",      "Amber",       "Arctic",   "Beacon",    "Birch",     "Bluewater", "Cedar",
    "Clearfield", "Copper",      "Crescent", "Delta",     "Eastgate",  "Ember",     "Fairmont",
    "Falcon",     "Granite",     "Harbour",  "Hazel",     "Highland",  "Ivory",     "Juniper",
    "Keystone",   "Lakeside",    "Linden",   "Maple",     "Meridian",  "Northwind", "Oakridge",
    "Orchard",    "Pinecrest",   "Quarry",   "Redwood",   "Rivergate", "Sable",     "Saffron",
    "Silverline", "Stonebridge", "Summit",   "Tidewater", "Upland",    "Valley",    "Verdant",
    "Westbrook",  "Willow",      "Yarrow",   "Zenith"};
constexpr absl::string_view kCompanyForms[] = {"Foods",     "Group",    "Industries", "Labs",
                                               "Logistics", "Partners", "Retail",     "Systems",
                                               "Textiles",  "Works"};
constexpr absl::string_view kBranchNames[] = {"North",  "South",    "East",   "West",
                                              "Export", "Services", "Online", "Energy"};
constexpr absl::string_view kIndustries[] = {
    "Agriculture", "Construction", "Education",     "Energy", "Finance",
    "Health",      "Logistics",    "Manufacturing", "Retail", "Technology"};
constexpr absl::string_view kCountries[] = {"Austria", "Brazil",   "Canada", "Denmark",
                                            "France",  "Germany",  "India",  "Japan",
                                            "Kenya",   "Portugal", "Spain",  "United States"};
constexpr absl::string_view kJobTitles[] = {
    "Buyer",        "Chief financial officer", "Head of operations",
    "IT manager",   "Managing director",       "Plant manager",
    "Project lead", "Purchasing manager"};
constexpr absl::string_view kCompetitors[] = {"Bright Path", "Orbit Supply", "Tandem Tools",
                                              "Vector House"};
constexpr absl::string_view kRegionNames[] = {"Americas", "Asia-Pacific", "Europe and Africa"};
constexpr DemoProduct kProducts[] = {
    {"Scanner S1", "Scanning", 450},       {"Scanner S2", "Scanning", 980},
    {"Scanner S3 Pro", "Scanning", 2400},  {"Scan Station", "Scanning", 7200},
    {"Label Printer L1", "Printing", 320}, {"Label Printer L2", "Printing", 760},
    {"Press P5", "Printing", 12'500},      {"Press P9", "Printing", 28'000},
    {"Depot Licence", "Software", 1500},   {"Fleet Licence", "Software", 3600},
    {"Installation", "Services", 2200},    {"Yearly Maintenance", "Services", 1800}};

}  // namespace

Words GivenNames() { return kGivenNames; }
Words FamilyNames() { return kFamilyNames; }
Words CompanyStems() { return kCompanyStems; }
Words CompanyForms() { return kCompanyForms; }
Words BranchNames() { return kBranchNames; }
Words Industries() { return kIndustries; }
Words Countries() { return kCountries; }
Words JobTitles() { return kJobTitles; }
Words Competitors() { return kCompetitors; }
Words RegionNames() { return kRegionNames; }
absl::Span<const DemoProduct> DemoProducts() { return kProducts; }

}  // namespace daybook::cli
