#pragma once

// Who may administer the server: whoever has an administrator's API key that is not revoked and
// belongs to an active user, or to none. One of them is always left; a command that takes one away
// names another in its facts, so that two such commands at the same time cannot both succeed.

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "daybook/admin/v1/api_key.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

// Whose keys do not count, since the command takes them away.
struct TakenAway {
  std::string without_key = {};   // id of an API key
  std::string without_user = {};  // id of a user
};

// Of an administrator, and not revoked.
bool IsAdminKey(const admin::v1::ApiKey& key);

// For Gather: loads keys and their users until somebody who may administer is among them.
absl::Status LoadAdministrators(const TakenAway& taken_away, FactLoader& loader);

// Whether whoever has the key may administer, by what is known of its user.
bool IsAdministrator(const admin::v1::ApiKey& key, const Facts& facts);

// Whether somebody is left, among the facts that were loaded.
bool HasAdministrator(const TakenAway& taken_away, const Facts& facts);

// LAST_ADMINISTRATOR. `what` is taken away.
absl::Status LastAdministrator(absl::string_view what);

}  // namespace daybook::domain
