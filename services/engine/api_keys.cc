#include "services/engine/api_keys.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "daybook/admin/v1/api_key.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"

namespace daybook::services {
namespace {

constexpr size_t kSecretBytes = 32;

absl::Status Unauthenticated() {
  return Reject(rpc::v1::REASON_UNAUTHENTICATED,
                "a valid API key is required: send metadata `authorization: Bearer dbk_...`");
}

bool IsHex(absl::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) return false;
  }
  return true;
}

// Takes as long whether the hashes differ early or late.
bool EqualConstantTime(const eventstore::Hash& a, const eventstore::Hash& b) {
  uint8_t difference = 0;
  for (size_t i = 0; i < a.size(); ++i) difference |= static_cast<uint8_t>(a[i] ^ b[i]);
  return difference == 0;
}

absl::string_view AsView(const eventstore::Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

std::string PrefixOf(const eventstore::Hash& hash) {
  return absl::BytesToHexString(AsView(hash).substr(0, 4));
}

}  // namespace

NewKey GenerateKey(Clock& clock, Random& random) {
  NewKey key;
  key.id = random.NewUuid(clock.Now());
  const std::string secret = random.Bytes(kSecretBytes);
  key.secret_hash = eventstore::Sha256(secret);
  key.prefix = PrefixOf(key.secret_hash);
  key.text = absl::StrCat("dbk_", absl::BytesToHexString(key.id.bytes()), "_",
                          absl::BytesToHexString(secret));
  return key;
}

Uuid SecretSlot(const Uuid& key_id, absl::string_view prefix) {
  return Uuid::MakeV5(key_id, prefix);
}

NewKey WithId(NewKey key, const Uuid& id) {
  const std::string secret = key.text.substr(key.text.rfind('_'));
  key.id = id;
  key.text = absl::StrCat("dbk_", absl::BytesToHexString(id.bytes()), secret);
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
    const std::vector<absl::string_view> parts = absl::StrSplit(key_text, '_');
    if (parts.size() != 3 || parts[0] != "dbk" || parts[1].size() != 2 * Uuid::kBytes ||
        parts[2].size() != 2 * kSecretBytes || !IsHex(parts[1]) || !IsHex(parts[2])) {
      return Unauthenticated();
    }
    const Uuid id = Uuid::FromBytes(absl::HexStringToBytes(parts[1]));
    const auto actual = eventstore::Sha256(absl::HexStringToBytes(parts[2]));
    prefix = PrefixOf(actual);
    DAYBOOK_ASSIGN_OR_RETURN(const auto expected, keys_.FindSecretHash(SecretSlot(id, prefix)));
    if (!expected.has_value() || !EqualConstantTime(*expected, actual)) return Unauthenticated();
    key_id = id.ToString();
  }
  DAYBOOK_ASSIGN_OR_RETURN(const auto record, engine_.LoadRecord("api_key", key_id));
  if (record == nullptr) return Unauthenticated();
  const auto& key = static_cast<const admin::v1::ApiKey&>(*record);
  if (key.revoked() || (!prefix.empty() && key.prefix() != prefix)) return Unauthenticated();
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

}  // namespace daybook::services
