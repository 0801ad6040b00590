#include "projections/lead_stays.h"

#include <array>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "daybook/sales/v1/lead_events.pb.h"
#include "gtest/gtest.h"
#include "projections/lead_board.h"
#include "tests/projections/random_history.h"
#include "tests/projections/views_support.h"
#include "tests/support/proto_matchers.h"

namespace daybook::projections {
namespace {

using daybook::testing::LogBuilder;
using daybook::testing::Proto;
using sales::v1::LeadEvent;

constexpr char kAda[] = "0198f000-0000-7000-8000-000000000001";
constexpr char kGrace[] = "0198f000-0000-7000-8000-000000000002";

class LeadStaysTest : public ::testing::Test {
 protected:
  // One commit with one event, on a day of 2026 (1: 1 January).
  void On(int day, const std::string& lead, const std::string& text) {
    log_.Add("lead", lead, Proto<LeadEvent>(text),
             absl::FromCivil(absl::CivilDay(2026, 1, 1), absl::UTCTimeZone()) +
                 absl::Hours(24) * (day - 1));
    position_ = log_.Commit();
  }
  std::string Captured(int day, const std::string& source = "") {
    const std::string id = log_.NewId();
    On(day, id,
       absl::StrCat("captured { lead { id: '", id, "' state: LEAD_STATE_NEW source: '", source,
                    "' } }"));
    return id;
  }
  static std::string To(absl::string_view owner, absl::string_view state) {
    return absl::StrCat("assigned { to_owner_id: '", owner, "' to_state: LEAD_STATE_", state, " }");
  }
  static int64_t Days(const Measures& sums, LeadFigure figure) {
    return static_cast<int64_t>(sums.Get(figure) / (int64_t{86'400} * 1'000'000));
  }

  LogBuilder log_;
  eventstore::LogPosition position_ = 0;
};

// Captured on day 1, Ada's from day 3, worked on from day 4, Grace's from day 9, good on day 11,
// converted on day 21: Ada had it for 6 days of qualification, Grace for 2 and for 10 days more.
TEST_F(LeadStaysTest, F052_LeadThatChangedHandsIsSplitByOwnership) {
  const std::string first = Captured(1);
  On(3, first, To(kAda, "ASSIGNED"));
  On(4, first, "working_started {}");
  On(9, first, To(kGrace, "WORKING"));
  On(11, first, "marked_good {}");
  const eventstore::LogPosition good = position_;
  // And one that is Ada's alone: assigned at once on day 1, good on day 5.
  const std::string second = Captured(1);
  On(1, second, To(kAda, "ASSIGNED"));
  On(1, second, "working_started {}");
  On(5, second, "marked_good {}");
  On(21, first, absl::StrCat("converted { account_id: '", kAda, "' }"));
  auto views = OpenCaughtUp(log_);
  const auto ada = ReadLeadFiguresOf(*views->Now(), kAda);
  const auto grace = ReadLeadFiguresOf(*views->Now(), kGrace);
  const auto all = ReadLeadFigures(*views->Now());
  ASSERT_TRUE(ada.ok() && grace.ok() && all.ok());
  // Ada: (6 + 4) / 2 = 5 days; Grace: 2 days; all: (10 + 4) / 2 = 7 days.
  EXPECT_EQ(ada->sums.Get(kLeadsQualified), 2);
  EXPECT_EQ(Days(ada->sums, kQualificationMicros), 10);
  EXPECT_EQ(grace->sums.Get(kLeadsQualified), 1);
  EXPECT_EQ(Days(grace->sums, kQualificationMicros), 2);
  EXPECT_EQ(all->sums.Get(kLeadsQualified), 2);
  EXPECT_EQ(Days(all->sums, kQualificationMicros), 14);
  // How long it stayed a lead: 20 days, of which 2 nobody's, 6 Ada's, 12 Grace's; hers it was.
  EXPECT_EQ(Days(ada->sums, kLeadMicros), 6);
  EXPECT_EQ(ada->sums.Get(kConvertedHad), 1);
  EXPECT_EQ(ada->sums.Get(kLeadsConverted), 0);
  EXPECT_EQ(ada->sums.Get(kLeadsHad), 2);
  EXPECT_EQ(Days(grace->sums, kLeadMicros), 12);
  EXPECT_EQ(grace->sums.Get(kLeadsConverted), 1);
  EXPECT_EQ(Days(all->sums, kLeadMicros), 20);
  EXPECT_EQ(all->sums.Get(kLeadsHad), 2);
  // As of the day it was good, Ada had qualified one lead in 6 days.
  const auto past = views->AsOf(good);
  ASSERT_TRUE(past.ok()) << past.status();
  const auto then = ReadLeadFiguresOf(**past, kAda);
  ASSERT_TRUE(then.ok()) << then.status();
  EXPECT_EQ(then->sums.Get(kLeadsQualified), 1);
  EXPECT_EQ(Days(then->sums, kQualificationMicros), 6);
  // The stays of the lead, with nothing after its end.
  const auto stays = ReadLeadStays(*views->Now(), first);
  ASSERT_TRUE(stays.ok()) << stays.status();
  ASSERT_EQ(stays->size(), 5u);
  EXPECT_EQ((*stays)[2].owner_id, kAda);
  EXPECT_EQ((*stays)[2].state, sales::v1::LEAD_STATE_WORKING);
  EXPECT_EQ((*stays)[3].owner_id, kGrace);
  EXPECT_EQ((*stays)[3].entered_at, (*stays)[2].left_at);
  EXPECT_TRUE((*stays)[4].left_at.has_value());
}

TEST_F(LeadStaysTest, ReturnedLeadIsQualifiedAnewAndArchivedTimeIsNobodys) {
  const std::string lead = Captured(1);
  On(1, lead, To(kAda, "ASSIGNED"));
  On(1, lead, "working_started {}");
  On(4, lead, "marked_bad { reason: 'no budget' }");
  On(5, lead, "recycled {}");
  On(10, lead, absl::StrCat("returned { from_owner_id: '", kAda, "' }"));
  On(10, lead, "archived {}");
  On(20, lead, "restored {}");
  On(20, lead, To(kAda, "ASSIGNED"));
  On(20, lead, "working_started {}");
  On(22, lead, "marked_good {}");
  auto views = OpenCaughtUp(log_);
  const auto ada = ReadLeadFiguresOf(*views->Now(), kAda);
  ASSERT_TRUE(ada.ok()) << ada.status();
  EXPECT_EQ(ada->sums.Get(kLeadsBad), 1);
  EXPECT_EQ(ada->sums.Get(kLeadsHad), 1);
  EXPECT_EQ(ada->sums.Get(kLeadsQualified), 1);
  EXPECT_EQ(Days(ada->sums, kQualificationMicros), 2);
}

// Sums are those of the stays, whatever happened.
TEST(LeadFiguresTest, F052_FiguresOfARepAreTheSumsOfHisStays) {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    LogBuilder log(seed);
    daybook::testing::RandomHistory history(log, seed);
    history.Steps(200);
    std::set<std::string> leads;
    ASSERT_TRUE(log.store()
                    .ReadAll(0, SIZE_MAX,
                             [&](const eventstore::RecordedEvent& event) {
                               if (event.stream.aggregate == "lead") {
                                 leads.insert(event.stream.id.ToString());
                               }
                               return true;
                             })
                    .ok());
    auto views = OpenCaughtUp(log);
    std::map<std::pair<std::string, int>, std::array<int64_t, 3>> expected;
    for (const std::string& lead : leads) {
      const auto stays = ReadLeadStays(*views->Now(), lead);
      ASSERT_TRUE(stays.ok()) << stays.status();
      for (const LeadStay& stay : *stays) {
        auto& sums = expected[{stay.owner_id, stay.state}];
        if (!stay.left_at.has_value()) {
          ++sums[2];
          continue;
        }
        ++sums[0];
        sums[1] += absl::ToInt64Microseconds(*stay.left_at - stay.entered_at);
      }
    }
    const auto owners = ReadLeadFiguresByOwner(*views->Now());
    ASSERT_TRUE(owners.ok()) << owners.status();
    size_t seen = 0;
    for (const LeadFigureSums& owner : *owners) {
      for (const LeadStateSums& state : owner.states) {
        const auto& sums = expected.at({owner.owner_id, state.state});
        EXPECT_EQ(state.sums.Get(kLeadStaysEnded), sums[0]);
        EXPECT_EQ(state.sums.Get(kLeadStayMicros), sums[1]);
        EXPECT_EQ(state.sums.Get(kLeadStaysOpen), sums[2]);
        ++seen;
      }
    }
    EXPECT_EQ(seen, expected.size());
    EXPECT_GT(seen, 4u);
  }
}

TEST_F(LeadStaysTest, BoardCountsByStateOwnerAndSource) {
  const std::string lead = Captured(1, "fair");
  Captured(1, "web");
  const std::string gone = Captured(1, "web");
  const eventstore::LogPosition before = position_;
  On(2, lead, To(kAda, "ASSIGNED"));
  On(2, lead, "scored { score: 30 }");
  On(3, gone, "archived {}");
  auto views = OpenCaughtUp(log_);
  const auto now = ReadLeadBoard(*views->Now());
  ASSERT_TRUE(now.ok()) << now.status();
  ASSERT_EQ(now->size(), 2u);
  EXPECT_EQ((*now)[0].state, sales::v1::LEAD_STATE_NEW);
  EXPECT_EQ((*now)[0].sums.Get(kLeadCount), 1);
  EXPECT_EQ((*now)[1].source, "fair");
  EXPECT_EQ((*now)[1].sums.Get(kLeadScoreSum), 30);
  const auto ada = ReadLeadBoardOf(*views->Now(), kAda);
  ASSERT_TRUE(ada.ok()) << ada.status();
  ASSERT_EQ(ada->size(), 1u);
  EXPECT_EQ(ada->front().owner_id, kAda);
  const auto past = views->AsOf(before);
  ASSERT_TRUE(past.ok()) << past.status();
  const auto then = ReadLeadBoard(**past);
  ASSERT_TRUE(then.ok()) << then.status();
  ASSERT_EQ(then->size(), 2u);
  EXPECT_EQ((*then)[1].sums.Get(kLeadCount), 2);
}

}  // namespace
}  // namespace daybook::projections
