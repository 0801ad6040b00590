#include "absl/strings/str_cat.h"
#include "daybook/work/v1/calendar_feed_service.pb.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::work::v1;

Scenario World() {
  Scenario scenario("calendar_feed");
  scenario.SecretPrefix("0a1b2c3d")
      .Exists("user", absl::StrCat("id: '", Id(10), "' state: USER_STATE_ACTIVE"))
      .Exists("user", absl::StrCat("id: '", Id(11), "' state: USER_STATE_INACTIVE"));
  return scenario;
}

TEST(IssueCalendarFeedTest, RecordHoldsThePrefixOfTheHashOnly) {
  World()
      .When<pb::IssueCalendarFeedRequest>(absl::StrCat("name: 'web' user_id: '", Id(10), "'"))
      .Then({absl::StrCat("issued { calendar_feed { id: '", Id(1),
                          "' name: 'web' prefix: '0a1b2c3d' user_id: '", Id(10), "' } }")})
      .ThenClaims({})
      .When<pb::IssueCalendarFeedRequest>("name: 'web'")
      .ThenRejected(Reason::REASON_DUPLICATE_KEY);
}

TEST(IssueCalendarFeedTest, RefusalsInCheckOrder) {
  ExpectRefusals<pb::IssueCalendarFeedRequest>(
      World, {
                 {"blank name", absl::StrCat("user_id: '", Id(12), "'"),
                  Reason::REASON_INVALID_FIELD, "name"},
                 {"unknown user", absl::StrCat("name: 'a' user_id: '", Id(12), "'"),
                  Reason::REASON_REFERENCE_NOT_FOUND, "user_id"},
                 {"inactive user", absl::StrCat("name: 'a' user_id: '", Id(11), "'"),
                  Reason::REASON_RECORD_ARCHIVED, ""},
             });
}

TEST(RevokeCalendarFeedTest, RevokedOnceAndForGood) {
  World().When<pb::RevokeCalendarFeedRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  World()
      .Given(absl::StrCat("issued { calendar_feed { id: '", Id(1), "' name: 'web' } }"))
      .When<pb::RevokeCalendarFeedRequest>("")
      .Then({"revoked {}"})
      .ThenRecord(absl::StrCat("id: '", Id(1), "' name: 'web' revoked: true"))
      .When<pb::RevokeCalendarFeedRequest>("")
      .ThenNothing();
}

}  // namespace
}  // namespace daybook::testing
