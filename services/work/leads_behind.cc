#include "services/work/leads_behind.h"

#include "absl/strings/str_cat.h"
#include "domain/fields/registry.h"

namespace daybook::services {

absl::StatusOr<std::vector<std::string>> LeadsBehind(const Query& query,
                                                     absl::string_view aggregate,
                                                     absl::string_view id) {
  if (aggregate != "account" && aggregate != "contact" && aggregate != "opportunity") {
    return std::vector<std::string>();
  }
  if (!query.deps.access.CheckRead(query.principal, "lead").ok()) return std::vector<std::string>();
  const domain::ObjectType& lead = *domain::Registry::Get().Find("lead");
  return query.snapshot.FindByReference(lead, absl::StrCat(aggregate, "_id"), id, kLeadsBehindMax);
}

}  // namespace daybook::services
