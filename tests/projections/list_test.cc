// Lists against brute force over all records: any filter, any order, any page size, now and in the
// past.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "domain/fields/custom.h"
#include "projections/list_plan.h"
#include "tests/projections/random_history.h"
#include "tests/projections/views_support.h"
#include "tests/support/proto_matchers.h"

namespace daybook::projections {
namespace {

using daybook::testing::Difference;
using daybook::testing::HasReason;
using daybook::testing::LogBuilder;
using daybook::testing::RandomHistory;
using google::protobuf::Message;

// Deals with their custom fields.
const domain::ObjectType& Type(absl::string_view aggregate) {
  const domain::ObjectType& native = *domain::Registry::Get().Find(aggregate);
  if (aggregate != "opportunity") return native;
  static const auto& with_custom = *new domain::ObjectType(domain::WithCustomFields(
      native, testing::Proto<setup::v1::FieldCatalog>(testing::kDealFields)));
  return with_custom;
}

// One log for all cases: nothing is changed by lists.
struct World {
  World() : history(log, 21) {
    history.Steps(500);
    middle = log.store().GetHead().position;
    history.Steps(300);
    views = OpenCaughtUp(log);
  }
  static World& Get() {
    static World* const world = new World;
    return *world;
  }

  LogBuilder log;
  RandomHistory history;
  eventstore::LogPosition middle = 0;
  std::unique_ptr<Views> views;
};

ListQuery Query(absl::string_view aggregate, absl::string_view filter, absl::string_view order,
                int page_size = 50) {
  ListQuery query;
  query.type = &Type(aggregate);
  auto bound = domain::ParseFilter(*query.type, filter, {.currency = "USD"});
  EXPECT_TRUE(bound.ok()) << filter << ": " << bound.status();
  query.filter = *std::move(bound);
  auto keys = domain::ParseOrder(*query.type, order);
  EXPECT_TRUE(keys.ok()) << keys.status();
  query.order = *std::move(keys);
  query.page_size = page_size;
  return query;
}

std::string IdOf(const Message& record) {
  return record.GetReflection()->GetString(record, record.GetDescriptor()->FindFieldByNumber(1));
}

// The same page asked for as bytes holds the same records.
void ExpectSameAsBytes(const Snapshot& snapshot, ListQuery query, const ListPage& page) {
  query.serialized = true;
  const auto bytes = snapshot.List(query);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_TRUE(bytes->records.empty());
  EXPECT_EQ(bytes->next_page_token.empty(), page.next_page_token.empty());
  ASSERT_EQ(bytes->serialized.size(), page.records.size());
  for (size_t i = 0; i < page.records.size(); ++i) {
    const std::unique_ptr<Message> record(page.records[i]->New());
    ASSERT_TRUE(record->ParseFromString(bytes->serialized[i]));
    EXPECT_EQ(Difference(*page.records[i], *record), "");
  }
}

// All pages of a list; every page but the last is full.
std::vector<std::string> AllPages(const Snapshot& snapshot, ListQuery query) {
  std::vector<std::string> ids;
  do {
    const auto page = snapshot.List(query);
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) return ids;
    ExpectSameAsBytes(snapshot, query, *page);
    for (const auto& record : page->records) ids.push_back(IdOf(*record));
    if (!page->next_page_token.empty()) {
      EXPECT_EQ(page->records.size(), static_cast<size_t>(query.page_size));
    }
    query.page_token = page->next_page_token;
  } while (!query.page_token.empty());
  return ids;
}

// What the list must be, from all records.
std::vector<std::string> BruteForce(const Snapshot& snapshot, const ListQuery& query,
                                    const std::vector<std::string>& all_ids) {
  auto records = snapshot.GetRecords(*query.type, all_ids);
  EXPECT_TRUE(records.ok());
  std::vector<std::unique_ptr<Message>> fits;
  for (auto& record : *records) {
    if (record != nullptr && domain::Matches(query.filter, *record))
      fits.push_back(std::move(record));
  }
  const domain::Field* id = query.type->Find("id");
  std::sort(fits.begin(), fits.end(), [&](const auto& a, const auto& b) {
    bool descending = false;
    for (const domain::OrderKey& key : query.order) {
      const int order =
          domain::Compare(domain::GetValue(*a, *key.field), domain::GetValue(*b, *key.field));
      descending = key.descending;
      if (order != 0) return descending ? order > 0 : order < 0;
      if (key.field == id) return false;
    }
    return descending ? IdOf(*a) > IdOf(*b) : IdOf(*a) < IdOf(*b);
  });
  std::vector<std::string> ids;
  for (const auto& record : fits) ids.push_back(IdOf(*record));
  return ids;
}

std::vector<std::string> DealIds() {
  std::vector<std::string> ids;
  for (const auto& deal : World::Get().history.deals()) ids.push_back(deal.id());
  return ids;
}

std::string AnyTerm() {
  World& world = World::Get();
  const auto any = [](const std::vector<std::string>& from) {
    return from[*rc::gen::inRange<size_t>(0, from.size())];
  };
  const std::string sign = any({"=", "!=", "<", "<=", ">", ">="});
  switch (*rc::gen::inRange(0, 15)) {
    case 11:
      return any({"custom.region:*", "custom.hours:*", "NOT custom.visit:*", "custom.budget:*"});
    case 12:
      return absl::StrCat("custom.hours ", sign, " ", *rc::gen::inRange(-2, 5));
    case 13:
      return "custom.region = " + any({"north", "\"north*\"", "\"\"", "northeast"});
    case 14:
      return absl::StrCat("custom.budget ", sign, " ", *rc::gen::inRange(0, 25000), " USD");
    case 0:
      return "state = " + any({"OPEN", "WON", "LOST", "ABANDONED", "PARTIALLY_WON"});
    case 1:
      return "(state = OPEN OR state = LOST)";
    case 2:
      return "stage = " + any({"prospect", "offer", "order", "nowhere"});
    case 3:
      return absl::StrCat("value ", sign, " ", *rc::gen::inRange(0, 25000), " ",
                          any({"USD", "EUR"}));
    case 4:
      return absl::StrCat("expected_close_date ", sign, " 2026-0", *rc::gen::inRange(1, 5), "-1",
                          *rc::gen::inRange(0, 9));
    case 5:
      return "owner_id = \"" + any(world.history.users()) + "\"";
    case 6:
      return "account_id = \"" + any(world.history.accounts()) + "\"";
    case 7:
      return absl::StrCat("subject ", any({"=", ">", "<="}), " \"Deal ", *rc::gen::inRange(0, 30),
                          any({"\"", "*\"", "\""}));
    case 8:
      return any({"imported = TRUE", "imported = FALSE", "account_id:*", "NOT close_date:*"});
    case 9:
      return absl::StrCat("reopened ", sign, " ", *rc::gen::inRange(0, 3));
    default:
      return "id = \"" + world.history.deals()[0].id() + "\"";
  }
}

std::string AnyOrder() {
  const std::vector<std::string> fields = {
      "value", "expected_close_date", "subject",      "owner_id",    "state", "id", "open_time",
      "stage", "custom.budget",       "custom.hours", "custom.visit"};
  std::vector<std::string> keys;
  const int n = *rc::gen::inRange(0, 4);
  for (int i = 0; i < n; ++i) {
    const std::string& field = fields[*rc::gen::inRange<size_t>(0, fields.size())];
    bool repeated = false;
    for (const std::string& key : keys) repeated |= key.rfind(field, 0) == 0;
    if (!repeated) keys.push_back(field + (*rc::gen::inRange(0, 2) == 0 ? "" : " desc"));
  }
  return absl::StrJoin(keys, ", ");
}

// The same records, each once, in whatever order.
std::vector<std::string> Visited(const Snapshot& snapshot, const ListQuery& query) {
  std::vector<std::string> ids;
  const absl::Status status =
      snapshot.VisitRecords(*query.type, query.filter, [&](const Message& record) {
        ids.push_back(IdOf(record));
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
  return ids;
}

RC_GTEST_PROP(ListTest, AnyListEqualsBruteForceNowAndInThePast, ()) {
  World& world = World::Get();
  std::vector<std::string> terms;
  const int n = *rc::gen::inRange(0, 4);
  for (int i = 0; i < n; ++i) {
    const std::string term = AnyTerm();
    // `*` stands with = only
    if (term.find("*\"") != std::string::npos && term.find(" = ") == std::string::npos) continue;
    terms.push_back(*rc::gen::inRange(0, 6) == 0 && term.rfind("NOT ", 0) != 0 ? "NOT " + term
                                                                               : term);
  }
  const std::string filter = absl::StrJoin(terms, " AND ");
  const std::string order = AnyOrder();
  const int page_size = *rc::gen::inRange(1, 60);
  const auto past = world.views->AsOf(world.middle);
  RC_ASSERT(past.ok());
  const auto now = world.views->Now();
  for (const Snapshot* snapshot : {now.get(), past->get()}) {
    const ListQuery query = Query("opportunity", filter, order, page_size);
    auto expected = BruteForce(*snapshot, query, DealIds());
    const auto found = AllPages(*snapshot, query);
    if (found != expected) {
      RC_FAIL(absl::StrCat("filter: ", filter, "\norder: ", order, "\nfound ", found.size(), " of ",
                           expected.size()));
    }
    auto visited = Visited(*snapshot, query);
    std::sort(visited.begin(), visited.end());
    std::sort(expected.begin(), expected.end());
    if (visited != expected) {
      RC_FAIL(
          absl::StrCat("filter: ", filter, "\nvisited ", visited.size(), " of ", expected.size()));
    }
  }
}

// A walk that the filter's ranges decide hands rows on without looking into them.
TEST(ListTest, OnlyRangesThatHoldExactlyWhatFitsAreNotLookedInto) {
  World& world = World::Get();
  const std::string owner = "owner_id = \"" + world.history.users()[0] + "\"";
  struct Case {
    std::string filter;
    std::string order;
    bool decided;
  };
  const std::vector<Case> cases = {
      {"", "", true},
      {"", "value desc", true},
      {owner, "", true},
      {owner + " AND state = OPEN", "", true},
      {owner + " AND state = OPEN", "id desc", true},
      {owner, "expected_close_date", true},
      {owner + " AND expected_close_date >= 2026-02-03", "expected_close_date desc", true},
      {"expected_close_date > 2026-02-01 AND expected_close_date <= 2026-03-15",
       "expected_close_date", true},
      {"expected_close_date < 2026-03-15", "expected_close_date", true},
      // Fields outside the index, and what ranges of keys say only nearly.
      {owner + " AND reopened = 0", "", false},
      {owner + " AND state != OPEN", "state", false},
      {owner + " AND NOT state = OPEN", "", false},
      {"state = OPEN AND state = LOST", "", false},
      {"expected_close_date = 2026-02-03 AND expected_close_date > 2026-02-03", "", false},
      {"value < 10000 USD", "value", false},
      {"subject >= \"Deal 2\"", "subject", false},
      {"(state = OPEN OR state = LOST)", "", false},
      {"custom.hours:*", "custom.hours desc", true},
      {"custom.hours > 1", "custom.hours", true},
      {"custom.hours = 1", "", true},
      // Deals without hours are in no index of them.
      {"custom.region = \"\"", "", false},
  };
  const auto past = world.views->AsOf(world.middle);
  ASSERT_TRUE(past.ok());
  const auto now = world.views->Now();
  for (const Case& c : cases) {
    const ListQuery query = Query("opportunity", c.filter, c.order, 7);
    const auto plan = MakeListPlan(*query.type, query.filter, query.order);
    ASSERT_TRUE(plan.ok()) << plan.status();
    EXPECT_EQ(plan->decided, c.decided) << c.filter << " / " << c.order;
    for (const Snapshot* snapshot : {now.get(), past->get()}) {
      EXPECT_EQ(AllPages(*snapshot, query), BruteForce(*snapshot, query, DealIds()))
          << c.filter << " / " << c.order;
    }
  }
}

TEST(ListTest, AShortListIsOneThatLooksAtFewRowsWhateverIsStored) {
  const auto is_short = [](ListQuery query) {
    const auto planned = PlanList(&query);
    EXPECT_TRUE(planned.ok()) << planned.status();
    EXPECT_NE(query.plan, nullptr);
    return planned.value_or(false);
  };
  const std::string owner = "owner_id = \"" + World::Get().history.users()[0] + "\"";
  EXPECT_TRUE(is_short(Query("opportunity", owner, "", kShortListRows)));
  EXPECT_FALSE(is_short(Query("opportunity", owner, "", kShortListRows + 1)));
  EXPECT_FALSE(is_short(Query("opportunity", owner + " AND reopened = 0", "", 1)));
  EXPECT_FALSE(is_short(Query("contact", "", "", 1)));  // values to decrypt
  ListQuery later = Query("opportunity", owner, "", 1);
  later.page_token = "of a page that may stand in the past";
  EXPECT_FALSE(is_short(later));
  ListQuery refused = Query("opportunity", "", "competitor");
  EXPECT_THAT(PlanList(&refused).status(), HasReason(Reason::REASON_FIELD_NOT_FILTERABLE));
}

TEST(ListTest, APlanMadeAheadGivesTheSameList) {
  const auto now = World::Get().views->Now();
  ListQuery query = Query("opportunity", "state = OPEN", "value desc", 20);
  const auto expected = AllPages(*now, query);
  ASSERT_TRUE(PlanList(&query).ok());
  EXPECT_EQ(AllPages(*now, query), expected);
}

TEST(ListTest, LaterPagesAreReadAtThePositionOfTheFirst) {
  LogBuilder log;
  RandomHistory history(log, 33);
  history.Steps(200);
  auto views = OpenCaughtUp(log);
  ListQuery query = Query("opportunity", "", "value desc", 5);
  std::vector<std::string> ids;
  for (const auto& deal : history.deals()) ids.push_back(deal.id());
  const auto expected = BruteForce(*views->Now(), query, ids);
  const eventstore::LogPosition first = views->applied();
  std::vector<std::string> found;
  do {
    const auto page = views->Now()->List(query);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->position, first);
    for (const auto& record : page->records) found.push_back(IdOf(*record));
    query.page_token = page->next_page_token;
    history.Steps(10);
    ASSERT_OK(views->WaitForBlocking(log.store().GetHead().position, Soon()));
  } while (!query.page_token.empty());
  EXPECT_EQ(found, expected);
}

TEST(ListTest, ATokenOfAnotherListOrDamagedIsRefused) {
  World& world = World::Get();
  const auto now = world.views->Now();
  const auto page = now->List(Query("opportunity", "", "value", 5));
  ASSERT_TRUE(page.ok());
  ASSERT_FALSE(page->next_page_token.empty());
  for (const auto& [filter, order] : std::vector<std::pair<const char*, const char*>>{
           {"", "value desc"}, {"state = OPEN", "value"}, {"", "subject"}, {"", ""}}) {
    ListQuery other = Query("opportunity", filter, order, 5);
    other.page_token = page->next_page_token;
    EXPECT_THAT(now->List(other).status(), HasReason(Reason::REASON_INVALID_PAGE_TOKEN));
  }
  ListQuery other_type = Query("account", "", "", 5);
  other_type.page_token = page->next_page_token;
  EXPECT_THAT(now->List(other_type).status(), HasReason(Reason::REASON_INVALID_PAGE_TOKEN));
  ListQuery damaged = Query("opportunity", "", "value", 5);
  for (const char* token : {"nonsense", "AAAA", "!!!"}) {
    damaged.page_token = token;
    EXPECT_THAT(now->List(damaged).status(), HasReason(Reason::REASON_INVALID_PAGE_TOKEN));
  }
  damaged.page_token = page->next_page_token;
  char& middle = damaged.page_token[damaged.page_token.size() / 2];
  middle = middle == 'A' ? 'B' : 'A';
  EXPECT_THAT(now->List(damaged).status(), HasReason(Reason::REASON_INVALID_PAGE_TOKEN));
  // The page size may change from page to page.
  ListQuery larger = Query("opportunity", "", "value", 9);
  larger.page_token = page->next_page_token;
  EXPECT_TRUE(now->List(larger).ok());
}

TEST(ListTest, PageSizeIsBounded) {
  const auto now = World::Get().views->Now();
  EXPECT_TRUE(now->List(Query("opportunity", "", "", kPageSizeMax)).ok());
  for (const int size : {0, -1, kPageSizeMax + 1}) {
    EXPECT_THAT(now->List(Query("opportunity", "", "", size)).status(),
                HasReason(Reason::REASON_INVALID_FIELD));
  }
}

TEST(ListTest, AnOrderByAFieldWithoutIndexIsRefused) {
  const auto now = World::Get().views->Now();
  const auto page = now->List(Query("opportunity", "", "competitor"));
  EXPECT_THAT(page.status(), HasReason(Reason::REASON_FIELD_NOT_FILTERABLE));
  EXPECT_EQ(ErrorMetadataOf(page.status(), "field"), "competitor");
}

TEST(ListTest, PersonalFieldsAreFilteredAndSortedNowButNotInThePast) {
  World& world = World::Get();
  const auto now = world.views->Now();
  for (const auto& [filter, order] : std::vector<std::pair<const char*, const char*>>{
           {"", "family_name"},
           {"family_name = \"Family-*\"", "email desc"},
           {"email:*", "family_name desc, email"},
           {"given_name = \"Given*\"", ""}}) {
    const ListQuery query = Query("contact", filter, order, 7);
    EXPECT_EQ(AllPages(*now, query), BruteForce(*now, query, world.history.contacts()))
        << filter << " / " << order;
    const auto past = world.views->AsOf(world.middle);
    ASSERT_TRUE(past.ok());
    EXPECT_THAT((*past)->List(query).status(), HasReason(Reason::REASON_AS_OF_NOT_AVAILABLE));
    if (query.filter.children.empty() && query.filter.field == nullptr) continue;
    EXPECT_THAT(now->VisitRecords(*query.type, query.filter,
                                  [](const Message&) { return absl::OkStatus(); }),
                HasReason(Reason::REASON_FIELD_NOT_FILTERABLE));
  }
}

TEST(ListTest, ReferencesAreFoundThroughTheirIndex) {
  World& world = World::Get();
  const auto now = world.views->Now();
  const std::string& owner = world.history.users()[0];
  const auto ids = now->FindByReference(Type("opportunity"), "owner_id", owner, 1000);
  ASSERT_TRUE(ids.ok());
  const ListQuery query = Query("opportunity", "owner_id = \"" + owner + "\"", "");
  EXPECT_EQ(*ids, BruteForce(*now, query, DealIds()));
  const auto two = now->FindByReference(Type("opportunity"), "owner_id", owner, 2);
  ASSERT_TRUE(two.ok());
  EXPECT_LE(two->size(), 2u);
}

}  // namespace
}  // namespace daybook::projections
