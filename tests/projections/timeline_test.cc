#include "projections/timeline.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "daybook/party/v1/contact_events.pb.h"
#include "daybook/work/v1/activity_events.pb.h"
#include "gtest/gtest.h"
#include "tests/projections/views_support.h"
#include "tests/support/proto_matchers.h"

namespace daybook::projections {
namespace {

using daybook::testing::LogBuilder;
using daybook::testing::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kFirst[] = "0198f000-0000-7000-8000-000000000001";
constexpr char kSecond[] = "0198f000-0000-7000-8000-000000000002";

std::vector<uint64_t> Positions(const Snapshot& snapshot, absl::string_view id,
                                uint64_t before = 1000, size_t limit = 100) {
  std::vector<uint64_t> positions;
  const absl::Status status = ScanTimeline(snapshot, id, before, [&](uint64_t position) {
    positions.push_back(position);
    return positions.size() < limit;
  });
  EXPECT_TRUE(status.ok()) << status;
  return positions;
}

TEST(TimelineTest, E09_EventsBelongToThoseTheyNameBeforeAndAfter) {
  // given a contact that moves from one account to another, and a call with it
  LogBuilder log;
  const std::string contact = log.NewId();
  auto created = Proto<party::v1::ContactEvent>(
      absl::StrCat("created { contact { family_name: 'C' account_id: '", kFirst, "' } }"));
  created.mutable_created()->mutable_contact()->set_id(contact);
  log.Add("contact", contact, created);
  log.Commit();
  const std::string call = log.NewId();
  auto logged = Proto<work::v1::ActivityEvent>(
      absl::StrCat("logged { activity { kind: ACTIVITY_KIND_CALL account_id: '", kFirst, "' } }"));
  logged.mutable_logged()->mutable_activity()->set_id(call);
  logged.mutable_logged()->mutable_activity()->set_contact_id(contact);
  log.Add("activity", call, logged);
  const auto called = log.Commit();
  log.Add("contact", contact,
          Proto<party::v1::ContactEvent>(absl::StrCat("account_linked { from_account_id: '", kFirst,
                                                      "' to_account_id: '", kSecond, "' }")));
  const auto moved = log.Commit();
  log.Add("contact", contact, Proto<party::v1::ContactEvent>("archived {}"));
  const auto archived = log.Commit();
  auto views = OpenCaughtUp(log);
  // then the first account keeps what happened there, latest first
  const auto now = views->Now();
  EXPECT_THAT(Positions(*now, kFirst), ElementsAre(moved, called, called - 1));
  EXPECT_THAT(Positions(*now, kSecond), ElementsAre(archived, moved));
  EXPECT_THAT(Positions(*now, contact), ElementsAre(called));
  EXPECT_THAT(Positions(*now, call), IsEmpty());
  // in pages, and as of then
  EXPECT_THAT(Positions(*now, kFirst, 1000, 1), ElementsAre(moved));
  EXPECT_THAT(Positions(*now, kFirst, moved, 1), ElementsAre(called));
  EXPECT_THAT(Positions(**views->AsOf(called), kFirst), ElementsAre(called, called - 1));
}

}  // namespace
}  // namespace daybook::projections
