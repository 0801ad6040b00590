#include "domain/setup/lead_policy.h"

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/fields/registry.h"

namespace daybook::domain {
namespace {

const Field* FindPersonal(const BoundFilter& filter) {
  if (filter.field != nullptr && filter.field->security == Security::kPersonal) return filter.field;
  for (const BoundFilter& child : filter.children) {
    if (const Field* found = FindPersonal(child)) return found;
  }
  return nullptr;
}

absl::StatusOr<BoundFilter> Parse(absl::string_view text, const Context& context) {
  return ParseFilter(*Registry::Get().Find("lead"), text, {context.currency});
}

}  // namespace

absl::StatusOr<BoundFilter> ParseLeadCondition(absl::string_view field, absl::string_view text,
                                               const Context& context) {
  absl::StatusOr<BoundFilter> filter = Parse(text, context);
  if (!filter.ok()) {
    return Reject(ReasonOf(filter.status()), absl::StrCat(field, ": ", filter.status().message()),
                  {{"field", field}, {"position", ErrorMetadataOf(filter.status(), "position")}});
  }
  if (const Field* personal = FindPersonal(*filter)) {
    return Reject(Reason::REASON_FIELD_NOT_FILTERABLE,
                  absl::StrCat(field, ": ", personal->path,
                               " is personal, and rules are stored in clear; use other fields."),
                  {{"field", field}});
  }
  return filter;
}

bool FitsLeadCondition(const std::string& text, const sales::v1::Lead& lead,
                       const Context& context) {
  // A condition that a later version of Daybook cannot read any more fits nothing.
  const absl::StatusOr<BoundFilter> filter = Parse(text, context);
  return filter.ok() && Matches(*filter, lead);
}

absl::Status AddRuleId(absl::string_view at, const std::string& id, std::set<std::string>* ids) {
  const std::string field = absl::StrCat(at, ".id");
  if (!IsStableName(id)) {
    return InvalidField(field, absl::StrCat("'", id, "' must be 1 to ", kStableNameBytesMax,
                                            " small letters, digits or underscores"));
  }
  if (ids->insert(id).second) return absl::OkStatus();
  return InvalidField(field, absl::StrCat("two rules have the id '", id, "'"));
}

absl::Status LoadPolicies(absl::string_view aggregate, FactLoader& loader) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> ids, loader.Ids(aggregate));
  for (const std::string& id : ids) {
    DAYBOOK_RETURN_IF_ERROR(loader.Load(aggregate, id).status());
  }
  return absl::OkStatus();
}

}  // namespace daybook::domain
