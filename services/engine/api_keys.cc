#include "services/engine/api_keys.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "daybook/admin/v1/api_key.pb.h"
#include "daybook/admin/v1/user.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"

namespace daybook::services {
namespace {

constexpr absl::string_view kKind = "dbk";

absl::Status Unauthenticated() {
  return Reject(rpc::v1::REASON_UNAUTHENTICATED,
                "a valid API key is required: send metadata `authorization: Bearer dbk_...`");
}

absl::string_view AsView(const eventstore::Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

}  // namespace

NewKey GenerateKey(Clock& clock, Random& random) {
  NewKey key;
  key.id = random.NewUuid(clock.Now());
  const std::string secret = random.Bytes(kSecretBytes);
  key.secret_hash = eventstore::Sha256(secret);
  key.prefix = SecretPrefixOf(key.secret_hash);
  key.text = FormatSecretToken(kKind, key.id, secret);
  return key;
}

NewKey WithId(NewKey key, const Uuid& id) {
  const std::string secret = key.text.substr(key.text.rfind('_'));
  key.id = id;
  key.text = absl::StrCat(kKind, "_", absl::BytesToHexString(id.bytes()), secret);
  return key;
}

absl::StatusOr<Principal> Authenticator::Authenticate(absl::string_view key_text) {
  // Only a hash of the text is remembered, so a memory dump does not hold keys.
  const std::string fingerprint(AsView(eventstore::Sha256(key_text)));
  std::string key_id;
  std::string prefix;  // empty: the text fitted before
  {
    std::lock_guard lock(mutex_);
    const auto it = known_.find(fingerprint);
    if (it != known_.end()) key_id = it->second;
  }
  if (key_id.empty()) {
    const auto token = ParseSecretToken(kKind, key_text);
    if (!token.has_value()) return Unauthenticated();
    DAYBOOK_ASSIGN_OR_RETURN(const bool issued, IsIssuedSecret(keys_, *token));
    if (!issued) return Unauthenticated();
    prefix = token->prefix;
    key_id = token->id.ToString();
  }
  DAYBOOK_ASSIGN_OR_RETURN(const auto record, engine_.LoadRecord("api_key", key_id));
  if (record == nullptr) return Unauthenticated();
  const auto& key = static_cast<const admin::v1::ApiKey&>(*record);
  if (key.revoked() || (!prefix.empty() && key.prefix() != prefix)) return Unauthenticated();
  // A key is no better than the user it stands for.
  DAYBOOK_ASSIGN_OR_RETURN(const bool user_active, IsActiveUser(key.user_id()));
  if (!user_active) return Unauthenticated();
  {
    std::lock_guard lock(mutex_);
    if (known_.size() >= kCachedMax) known_.clear();
    known_[fingerprint] = key_id;
  }
  Principal principal;
  principal.key_id = key_id;
  principal.actor = key.user_id().empty() ? key_id : key.user_id();
  principal.role =
      key.role() == admin::v1::API_ROLE_ADMIN ? Principal::Role::kAdmin : Principal::Role::kReader;
  return principal;
}

absl::StatusOr<bool> Authenticator::IsActiveUser(const std::string& user_id) {
  if (user_id.empty()) return true;
  DAYBOOK_ASSIGN_OR_RETURN(const auto record, engine_.LoadRecord("user", user_id));
  return record != nullptr &&
         static_cast<const admin::v1::User&>(*record).state() == admin::v1::USER_STATE_ACTIVE;
}

}  // namespace daybook::services
