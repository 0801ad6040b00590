#include "cli/demo/organisation.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "cli/demo/names.h"
#include "daybook/admin/v1/unit_service.pb.h"
#include "daybook/admin/v1/user_service.pb.h"
#include "daybook/catalog/v1/product_service.pb.h"
#include "daybook/party/v1/account_service.pb.h"
#include "daybook/party/v1/contact_service.pb.h"
#include "daybook/setup/v1/sales_process_service.pb.h"
#include "domain/base/money.h"
#include "domain/base/time.h"

namespace daybook::cli {
namespace {

constexpr int kTeamsPerRegion = 2;
constexpr int kTreeDepthMax = 3;
constexpr int kSubsidiaryPercent = 45;
constexpr int kLateAccountPercent = 35;
constexpr int kSecondContactPercent = 40;

std::string Handle(absl::string_view text) {
  return absl::StrReplaceAll(absl::AsciiStrToLower(text), {{" ", "-"}, {".", ""}});
}

void AddProcess(DemoBuilder& builder, absl::Time time) {
  static const std::vector<std::pair<const char*, int64_t>> kStages = {{"Qualify", 100'000'000},
                                                                       {"Needs", 300'000'000},
                                                                       {"Offer", 600'000'000},
                                                                       {"Agreement", 850'000'000}};
  builder.process_id = builder.dice().NewId(time);
  auto& define = builder.Add<setup::v1::DefineSalesProcessRequest>(time);
  define.set_id(builder.process_id);
  define.set_name("Solutions");
  for (size_t i = 0; i < kStages.size(); ++i) {
    auto* stage = define.add_stages();
    stage->set_id(kDemoStages[i]);
    stage->set_label(kStages[i].first);
    stage->set_probability(kStages[i].second);
  }
  builder.Add<setup::v1::PublishSalesProcessRequest>(time).set_id(builder.process_id);
}

std::vector<std::string> AddTeams(DemoBuilder& builder, absl::Time time) {
  std::vector<std::string> teams;
  for (const absl::string_view region : RegionNames()) {
    const std::string region_id = builder.dice().NewId(time);
    auto& unit = builder.Add<admin::v1::CreateUnitRequest>(time);
    unit.set_id(region_id);
    unit.set_name(std::string(region));
    unit.set_kind(admin::v1::UNIT_KIND_TERRITORY);
    for (int i = 1; i <= kTeamsPerRegion; ++i) {
      teams.push_back(builder.dice().NewId(time));
      auto& team = builder.Add<admin::v1::CreateUnitRequest>(time);
      team.set_id(teams.back());
      team.set_name(absl::StrCat(std::string(region), " team ", i));
      team.set_kind(admin::v1::UNIT_KIND_TEAM);
      team.set_parent_id(region_id);
    }
  }
  return teams;
}

void AddUsers(DemoBuilder& builder, absl::Time time) {
  const std::vector<std::string> teams = AddTeams(builder, time);
  std::set<std::string> taken;
  while (builder.users.size() < kDemoUsers) {
    const std::string name = absl::StrCat(std::string(builder.dice().Pick(GivenNames())), " ",
                                          std::string(builder.dice().Pick(FamilyNames())));
    if (!taken.insert(name).second) continue;
    const size_t team = builder.users.size() % teams.size();
    const std::string login = absl::StrReplaceAll(absl::AsciiStrToLower(name), {{" ", "."}});
    auto& user = builder.Add<admin::v1::CreateUserRequest>(time);
    user.set_id(builder.dice().NewId(time));
    user.set_display_name(name);
    user.set_login(login);
    user.set_email(absl::StrCat(login, "@seller.example"));
    user.set_unit_id(teams[team]);
    builder.users.push_back({user.id(), static_cast<int>(team) / kTeamsPerRegion});
  }
}

void AddProducts(DemoBuilder& builder, absl::Time time) {
  for (const auto& item : DemoProducts()) {
    auto& product = builder.Add<catalog::v1::CreateProductRequest>(time);
    product.set_id(builder.dice().NewId(time));
    product.set_sku(absl::StrFormat("D-%03d", builder.products.size() + 1));
    product.set_name(std::string(item.name));
    product.set_product_line(std::string(item.line));
    product.set_active(true);
    *product.mutable_list_price() = builder.Money(item.price * builder.minor_per_unit());
    builder.products.push_back(
        {product.id(), std::string(item.name), product.list_price().minor()});
  }
}

void AddContact(DemoBuilder& builder, const DemoAccount& account) {
  auto& dice = builder.dice();
  auto& contact = builder.Add<party::v1::CreateContactRequest>(account.created);
  contact.set_id(dice.NewId(account.created));
  contact.set_account_id(account.id);
  contact.set_given_name(std::string(dice.Pick(GivenNames())));
  contact.set_family_name(std::string(dice.Pick(FamilyNames())));
  contact.set_email(absl::StrCat(Handle(contact.given_name()), ".", Handle(contact.family_name()),
                                 "@", Handle(account.root_name), ".example"));
  contact.set_phone(absl::StrFormat("+1555%07d", dice.Between(0, 9'999'999)));
  contact.set_title(std::string(dice.Pick(JobTitles())));
}

// The parent of the next account, or null: an earlier one that is not too deep.
const DemoAccount* PickParent(DemoBuilder& builder) {
  if (builder.accounts.empty() || !builder.dice().Chance(kSubsidiaryPercent)) return nullptr;
  const auto& parent = builder.dice().Pick(absl::MakeConstSpan(builder.accounts));
  return parent.depth < kTreeDepthMax ? &parent : nullptr;
}

void AddAccount(DemoBuilder& builder, absl::Time begin, std::set<std::string>* names) {
  auto& dice = builder.dice();
  const DemoAccount* parent = PickParent(builder);
  DemoAccount account;
  do {
    account.name = parent != nullptr
                       ? absl::StrCat(parent->name, " ", std::string(dice.Pick(BranchNames())))
                       : absl::StrCat(std::string(dice.Pick(CompanyStems())), " ",
                                      std::string(dice.Pick(CompanyForms())));
  } while (!names->insert(account.name).second && dice.Chance(95));
  account.root_name = parent != nullptr ? parent->root_name : account.name;
  account.country = parent != nullptr ? parent->country : std::string(dice.Pick(Countries()));
  account.depth = parent != nullptr ? parent->depth + 1 : 0;
  account.owner = static_cast<int>(dice.Between(0, kDemoUsers - 1));
  account.created = begin;
  if (dice.Chance(kLateAccountPercent)) {
    account.created = builder.WorkingTime(builder.first_day() + dice.Between(5, 300));
  }
  if (parent != nullptr) account.created = std::max(account.created, parent->created);
  account.id = dice.NewId(account.created);
  auto& request = builder.Add<party::v1::CreateAccountRequest>(account.created);
  request.set_id(account.id);
  request.set_name(account.name);
  if (parent != nullptr) request.set_parent_id(parent->id);
  request.set_industry(std::string(dice.Pick(Industries())));
  request.set_country(account.country);
  request.set_employees(static_cast<int32_t>(dice.Between(5, 9000)));
  request.set_founded_year(static_cast<int32_t>(dice.Between(1925, 2022)));
  *request.mutable_annual_revenue() =
      builder.Money(dice.Between(1, 4000) * 250'000 * builder.minor_per_unit());
  request.set_owner_id(builder.users[static_cast<size_t>(account.owner)].id);
  request.set_state(party::v1::ACCOUNT_STATE_ACTIVE);
  request.set_website(absl::StrCat("https://www.", Handle(account.root_name), ".example"));
  builder.accounts.push_back(account);
  AddContact(builder, account);
  if (dice.Chance(kSecondContactPercent)) AddContact(builder, account);
}

}  // namespace

const std::vector<std::string> kDemoStages = {"qualify", "needs", "offer", "agreement"};

DemoBuilder::DemoBuilder(const DemoSetting& setting)
    : setting_(setting),
      dice_(setting.seed),
      first_day_(absl::CivilDay(absl::CivilMonth(setting.today) - kDemoMonths) +
                 (setting.today.day() - 1)) {
  const int decimals = CurrencyDecimals(setting.currency).value_or(0);
  for (int i = 0; i < decimals; ++i) minor_per_unit_ *= 10;
}

absl::Time DemoBuilder::WorkingTime(absl::CivilDay day) {
  const absl::Duration since_morning = absl::Seconds(dice_.Between(0, 10 * 3600 - 1));
  return absl::FromCivil(absl::CivilHour(day) + 8, setting_.zone) + since_morning;
}

type::v1::Money DemoBuilder::Money(int64_t minor) const {
  type::v1::Money money;
  money.set_minor(minor);
  money.set_currency(setting_.currency);
  return money;
}

void DemoBuilder::SetHeader(rpc::v1::CommandHeader* header, absl::Time time) {
  header->set_request_id(dice_.NewId(time));
  *header->mutable_effective_at() = ToProto(time);
}

std::vector<DemoCommand> DemoBuilder::Finish() {
  std::stable_sort(commands_.begin(), commands_.end(),
                   [](const DemoCommand& a, const DemoCommand& b) { return a.time < b.time; });
  return std::move(commands_);
}

void AddOrganisation(DemoBuilder& builder) {
  const absl::Time begin =
      absl::FromCivil(absl::CivilHour(builder.first_day()) + 7, builder.setting().zone);
  AddProcess(builder, begin);
  AddUsers(builder, begin);
  AddProducts(builder, begin);
  std::set<std::string> names;
  while (builder.accounts.size() < kDemoAccounts) AddAccount(builder, begin, &names);
}

}  // namespace daybook::cli
