#include "domain/setup/class_scheme.h"

#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/record/rules.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::setup::v1;

template <class Classes>
absl::Status CheckClasses(const Classes& classes) {
  if (classes.empty()) return InvalidField("classes", "a scheme needs at least one class");
  if (classes.size() > kAccountClassesMax) {
    return LimitExceeded("classes", kAccountClassesMax, classes.size());
  }
  std::set<std::string> ids;
  for (int i = 0; i < classes.size(); ++i) {
    const std::string at = absl::StrCat("classes[", i, "]");
    if (!IsStableName(classes[i].id())) {
      return InvalidField(absl::StrCat(at, ".id"),
                          absl::StrCat("'", classes[i].id(), "' must be 1 to ", kStableNameBytesMax,
                                       " small letters, digits or underscores"));
    }
    if (!ids.insert(classes[i].id()).second) {
      return InvalidField(absl::StrCat(at, ".id"),
                          absl::StrCat("two classes have the id '", classes[i].id(), "'"));
    }
    DAYBOOK_RETURN_IF_ERROR(RequireText(absl::StrCat(at, ".label"), classes[i].label()));
  }
  return absl::OkStatus();
}

}  // namespace

void ClassScheme::Evolve(State& state, const Event& event) {
  switch (event.kind_case()) {
    case Event::kDefined:
      state.record = event.defined().class_scheme();
      return;
    case Event::kRevised:
      *state.record.add_versions() = event.revised().version();
      state.record.set_version(event.revised().version().number());
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> ClassScheme::Claims(const State& state) {
  const std::string name = absl::AsciiStrToLower(absl::StripAsciiWhitespace(state.record.name()));
  if (name.empty()) return {};
  return {{"class_scheme-name", name, "name"}};
}

// DUPLICATE_KEY: the id (the name by its claim). INVALID_FIELD: blank name, classes.
// LIMIT_EXCEEDED.
ClassScheme::Result ClassScheme::Decide(const State& state,
                                        const pb::DefineClassSchemeRequest& request,
                                        const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, state.record.id()));
  DAYBOOK_RETURN_IF_ERROR(RequireText("name", request.name()));
  DAYBOOK_RETURN_IF_ERROR(CheckClasses(request.classes()));
  Decision<Event> decision;
  pb::ClassScheme& scheme = *decision.Add().mutable_defined()->mutable_class_scheme();
  scheme.set_id(context.target_id);
  scheme.set_name(request.name());
  scheme.set_version(1);
  pb::ClassSchemeVersion& version = *scheme.add_versions();
  version.set_number(1);
  *version.mutable_classes() = request.classes();
  return decision;
}

// NOT_FOUND. INVALID_FIELD, LIMIT_EXCEEDED: classes, versions. Nothing when the version in force
// has these classes.
ClassScheme::Result ClassScheme::Decide(const State& state,
                                        const pb::ReviseClassSchemeRequest& request,
                                        const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  DAYBOOK_RETURN_IF_ERROR(CheckClasses(request.classes()));
  const pb::ClassScheme& scheme = state.record;
  pb::ClassSchemeVersion next = scheme.versions(scheme.versions_size() - 1);
  const std::string stands = next.SerializeAsString();
  *next.mutable_classes() = request.classes();
  if (next.SerializeAsString() == stands) return Nothing<Event>();
  if (scheme.versions_size() >= kClassSchemeVersionsMax) {
    return LimitExceeded("versions", kClassSchemeVersionsMax, scheme.versions_size() + 1);
  }
  next.set_number(scheme.version() + 1);
  Decision<Event> decision;
  *decision.Add().mutable_revised()->mutable_version() = std::move(next);
  return decision;
}

const pb::AccountClass* FindClass(const pb::ClassSchemeVersion& version, absl::string_view id) {
  for (const pb::AccountClass& entry : version.classes()) {
    if (ToAbsl(entry.id()) == id) return &entry;
  }
  return nullptr;
}

std::string ClassIds(const pb::ClassSchemeVersion& version) {
  return absl::StrJoin(
      version.classes(), ", ",
      [](std::string* out, const pb::AccountClass& entry) { absl::StrAppend(out, entry.id()); });
}

const pb::AccountClass* ClassForRevenue(const pb::ClassSchemeVersion& version,
                                        const type::v1::Money& revenue) {
  for (const pb::AccountClass& entry : version.classes()) {
    if (!entry.has_min_annual_revenue()) continue;
    const auto& least = entry.min_annual_revenue();
    if (least.currency() == revenue.currency() && least.minor() <= revenue.minor()) return &entry;
  }
  return nullptr;
}

}  // namespace daybook::domain
