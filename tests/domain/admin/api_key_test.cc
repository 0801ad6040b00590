#include "absl/strings/str_cat.h"
#include "daybook/admin/v1/api_key_service.pb.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::admin::v1;

Scenario World() {
  Scenario scenario("api_key");
  scenario.SecretPrefix("0a1b2c3d")
      .Exists("user", absl::StrCat("id: '", Id(10), "' state: USER_STATE_ACTIVE"))
      .Exists("user", absl::StrCat("id: '", Id(11), "' state: USER_STATE_INACTIVE"));
  return scenario;
}

TEST(IssueApiKeyTest, RecordHoldsThePrefixOfTheHashOnly) {
  World()
      .When<pb::IssueApiKeyRequest>(
          absl::StrCat("name: 'web' role: API_ROLE_READER user_id: '", Id(10), "'"))
      .Then({absl::StrCat("issued { api_key { id: '", Id(1),
                          "' name: 'web' role: API_ROLE_READER prefix: '0a1b2c3d' user_id: '",
                          Id(10), "' } }")})
      .ThenClaims({})
      .When<pb::IssueApiKeyRequest>("name: 'web' role: API_ROLE_READER")
      .ThenRejected(Reason::REASON_DUPLICATE_KEY);
}

TEST(IssueApiKeyTest, RefusalsInCheckOrder) {
  ExpectRefusals<pb::IssueApiKeyRequest>(
      World, {
                 {"blank name", absl::StrCat("user_id: '", Id(12), "'"),
                  Reason::REASON_INVALID_FIELD, "name"},
                 {"unknown user", absl::StrCat("name: 'a' user_id: '", Id(12), "'"),
                  Reason::REASON_REFERENCE_NOT_FOUND, "user_id"},
                 {"inactive user", absl::StrCat("name: 'a' user_id: '", Id(11), "'"),
                  Reason::REASON_RECORD_ARCHIVED, ""},
             });
}

TEST(RevokeApiKeyTest, RevokedOnceAndForGood) {
  World().When<pb::RevokeApiKeyRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  World()
      .Given(absl::StrCat("issued { api_key { id: '", Id(1), "' name: 'web' } }"))
      .When<pb::RevokeApiKeyRequest>("")
      .Then({"revoked {}"})
      .ThenRecord(absl::StrCat("id: '", Id(1), "' name: 'web' revoked: true"))
      .When<pb::RevokeApiKeyRequest>("")
      .ThenNothing();
}

TEST(RevokeApiKeyTest, TheLastAdministratorsKeyStays) {
  const std::string own =
      absl::StrCat("issued { api_key { id: '", Id(1), "' name: 'a' role: API_ROLE_ADMIN } }");
  const auto with = [&](absl::string_view other) {
    Scenario scenario = World();
    scenario.Given(own).Exists("api_key", absl::StrCat("id: '", Id(1), "' role: API_ROLE_ADMIN"));
    if (!other.empty()) scenario.Exists("api_key", absl::StrCat("id: '", Id(2), "' ", other));
    scenario.When<pb::RevokeApiKeyRequest>("");
    return scenario;
  };
  const auto user = [](int id) {
    return absl::StrCat("role: API_ROLE_ADMIN user_id: '", Id(id), "'");
  };
  constexpr Reason kLast = Reason::REASON_LAST_ADMINISTRATOR;
  with("").ThenRejected(kLast);
  with("role: API_ROLE_READER").ThenRejected(kLast);
  with("role: API_ROLE_ADMIN revoked: true").ThenRejected(kLast);
  with(user(11)).ThenRejected(kLast);  // not active
  with(user(12)).ThenRejected(kLast);  // unknown
  with(user(10)).Then({"revoked {}"});
  with("role: API_ROLE_ADMIN").Then({"revoked {}"});
}

TEST(RevokeApiKeyTest, AKeyThatOpensNothingMayGo) {
  World()
      .Given(absl::StrCat("issued { api_key { id: '", Id(1), "' name: 'a' role: API_ROLE_ADMIN ",
                          "user_id: '", Id(11), "' } }"))
      .When<pb::RevokeApiKeyRequest>("")
      .Then({"revoked {}"});
}

}  // namespace
}  // namespace daybook::testing
