#include "domain/admin/administrators.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/admin/v1/user.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::admin::v1;

// Whether the key stays, and is an administrator's. Its user is another question.
bool Stays(const TakenAway& taken_away, const pb::ApiKey& key) {
  if (!IsAdminKey(key) || key.id() == taken_away.without_key) return false;
  return taken_away.without_user.empty() || key.user_id() != taken_away.without_user;
}

bool IsActive(const google::protobuf::Message* user) {
  return user != nullptr && static_cast<const pb::User*>(user)->state() == pb::USER_STATE_ACTIVE;
}

}  // namespace

bool IsAdminKey(const pb::ApiKey& key) {
  return key.role() == pb::API_ROLE_ADMIN && !key.revoked();
}

absl::Status LoadAdministrators(const TakenAway& taken_away, FactLoader& loader) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> ids, loader.Ids("api_key"));
  for (const std::string& id : ids) {
    DAYBOOK_ASSIGN_OR_RETURN(const google::protobuf::Message* record, loader.Load("api_key", id));
    if (record == nullptr) continue;
    const auto& key = static_cast<const pb::ApiKey&>(*record);
    if (!Stays(taken_away, key)) continue;
    if (key.user_id().empty()) return absl::OkStatus();
    DAYBOOK_ASSIGN_OR_RETURN(const google::protobuf::Message* user,
                             loader.Load("user", key.user_id()));
    if (IsActive(user)) return absl::OkStatus();
  }
  return absl::OkStatus();
}

bool IsAdministrator(const pb::ApiKey& key, const Facts& facts) {
  return IsAdminKey(key) && (key.user_id().empty() || IsActive(facts.Find("user", key.user_id())));
}

bool HasAdministrator(const TakenAway& taken_away, const Facts& facts) {
  for (const google::protobuf::Message* record : facts.All("api_key")) {
    const auto& key = static_cast<const pb::ApiKey&>(*record);
    if (Stays(taken_away, key) && IsAdministrator(key, facts)) return true;
  }
  return false;
}

absl::Status LastAdministrator(absl::string_view what) {
  return Reject(rpc::v1::REASON_LAST_ADMINISTRATOR,
                absl::StrCat("without ", what,
                             " nobody could administer the server any more; issue another "
                             "administrator's key first (ApiKeyService.IssueApiKey)"));
}

}  // namespace daybook::domain
