#include "domain/setup/sales_process.h"

#include <algorithm>
#include <array>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "daybook/options/v1/field_options.pb.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/record/rules.h"
#include "google/protobuf/util/message_differencer.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::setup::v1;
using google::protobuf::FieldDescriptor;

// Set when a deal closes, or told by other fields: as mandatory fields they would shut the stage
// for good.
constexpr std::array<absl::string_view, 12> kNeverMandatory = {
    "actual_value", "lost_value",        "close_date",
    "close_time",   "close_reason_id",   "close_reason_code",
    "reopened",     "imported",          "state",
    "stage",        "stage_probability", "value_from_job_requests"};

absl::Status CheckMandatoryFields(const pb::Stage& stage, absl::string_view at) {
  if (stage.mandatory_field_size() > kMandatoryFieldsMax) {
    return LimitExceeded(absl::StrCat(at, ".mandatory_field"), kMandatoryFieldsMax,
                         stage.mandatory_field_size());
  }
  for (const auto& path : stage.mandatory_field()) {
    const auto* field = sales::v1::Opportunity::descriptor()->FindFieldByName(path);
    const bool known =
        field != nullptr && field->options().GetExtension(options::v1::field).security() !=
                                options::v1::SECURITY_CLASS_SYSTEM;
    if (!known) {
      return InvalidField(absl::StrCat(at, ".mandatory_field"),
                          absl::StrCat("an opportunity has no field '", path, "' to fill"));
    }
    if (std::find(kNeverMandatory.begin(), kNeverMandatory.end(), ToAbsl(path)) !=
        kNeverMandatory.end()) {
      return InvalidField(absl::StrCat(at, ".mandatory_field"),
                          absl::StrCat("'", path, "' cannot be filled while a deal is open"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckStage(const pb::Stage& stage, absl::string_view at) {
  if (!IsStableName(stage.id())) {
    return InvalidField(absl::StrCat(at, ".id"),
                        absl::StrCat("'", stage.id(), "' must be 1 to ", kStableNameBytesMax,
                                     " small letters, digits or underscores"));
  }
  DAYBOOK_RETURN_IF_ERROR(RequireText(absl::StrCat(at, ".label"), stage.label()));
  if (stage.probability() <= 0 || stage.probability() >= kNano) {
    return InvalidField(absl::StrCat(at, ".probability"),
                        absl::StrCat(stage.probability(), " must be above 0 and below ", kNano,
                                     " (the share scaled by 10^9); outcomes are no stages"));
  }
  return CheckMandatoryFields(stage, at);
}

template <class Stages>
absl::Status CheckStages(const Stages& stages) {
  if (stages.empty()) return InvalidField("stages", "a process needs at least one stage");
  if (stages.size() > kStagesMax) return LimitExceeded("stages", kStagesMax, stages.size());
  std::set<std::string> ids;
  std::set<std::string> labels;
  for (int i = 0; i < stages.size(); ++i) {
    const std::string at = absl::StrCat("stages[", i, "]");
    DAYBOOK_RETURN_IF_ERROR(CheckStage(stages[i], at));
    if (!ids.insert(stages[i].id()).second) {
      return InvalidField(absl::StrCat(at, ".id"),
                          absl::StrCat("two stages have the id '", stages[i].id(), "'"));
    }
    if (!labels.insert(absl::AsciiStrToLower(stages[i].label())).second) {
      return InvalidField(absl::StrCat(at, ".label"),
                          absl::StrCat("two stages have the label '", stages[i].label(), "'"));
    }
  }
  return absl::OkStatus();
}

void Publish(uint32_t number, pb::SalesProcess* process) {
  pb::ProcessVersion version = process->draft();
  version.set_number(number);
  *process->add_versions() = std::move(version);
  process->clear_draft();
  process->set_published_version(number);
}

}  // namespace

void SalesProcess::Evolve(State& state, const Event& event) {
  switch (event.kind_case()) {
    case Event::kDefined:
      state.record = event.defined().sales_process();
      return;
    case Event::kDraftRevised:
      *state.record.mutable_draft() = event.draft_revised().draft();
      return;
    case Event::kPublished:
      Publish(event.published().version(), &state.record);
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> SalesProcess::Claims(const State& state) {
  if (state.record.id().empty()) return {};
  const absl::string_view name = absl::StripAsciiWhitespace(state.record.name());
  std::vector<Claim> claims = {{"sales-process-name", absl::AsciiStrToLower(name), "name"}};
  ClaimExternalKey(kName, state.record.external_key(), &claims);
  return claims;
}

// DUPLICATE_KEY: the id (the name by its claim). INVALID_FIELD: blank name, stages, external key.
// LIMIT_EXCEEDED.
SalesProcess::Result SalesProcess::Decide(const State& state, const DefineRequest& request,
                                          const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, state.record.id()));
  DAYBOOK_RETURN_IF_ERROR(RequireText("name", request.name()));
  DAYBOOK_RETURN_IF_ERROR(CheckStages(request.stages()));
  DAYBOOK_RETURN_IF_ERROR(CheckExternalKey(request.external_key()));
  Decision<Event> decision;
  auto& process = *decision.Add().mutable_defined()->mutable_sales_process();
  process.set_id(context.target_id);
  process.set_name(request.name());
  process.mutable_draft()->set_number(1);
  *process.mutable_draft()->mutable_stages() = request.stages();
  process.set_external_key(request.external_key());
  return decision;
}

// NOT_FOUND. INVALID_FIELD, LIMIT_EXCEEDED: stages. Nothing when the draft, or without one the
// version in force, has these stages.
SalesProcess::Result SalesProcess::Decide(const State& state, const ReviseRequest& request,
                                          const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  DAYBOOK_RETURN_IF_ERROR(CheckStages(request.stages()));
  pb::ProcessVersion draft;
  *draft.mutable_stages() = request.stages();
  pb::ProcessVersion current;
  if (state.record.has_draft()) {
    current = state.record.draft();
  } else if (const auto* version = FindVersion(state.record, state.record.published_version())) {
    current = *version;
  }
  draft.set_number(current.number());
  if (google::protobuf::util::MessageDifferencer::Equals(draft, current)) return Nothing<Event>();
  draft.set_number(state.record.published_version() + 1);
  Decision<Event> decision;
  *decision.Add().mutable_draft_revised()->mutable_draft() = std::move(draft);
  return decision;
}

// NOT_FOUND. Nothing when there is no draft: the last one is in force.
SalesProcess::Result SalesProcess::Decide(const State& state, const PublishRequest&,
                                          const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  if (!state.record.has_draft()) return Nothing<Event>();
  Decision<Event> decision;
  decision.Add().mutable_published()->set_version(state.record.draft().number());
  return decision;
}

const pb::ProcessVersion* FindVersion(const pb::SalesProcess& process, uint32_t number) {
  for (const auto& version : process.versions()) {
    if (version.number() == number) return &version;
  }
  return nullptr;
}

const pb::Stage* FindStage(const pb::ProcessVersion& version, absl::string_view id) {
  for (const auto& stage : version.stages()) {
    if (absl::string_view(stage.id()) == id) return &stage;
  }
  return nullptr;
}

std::string StageIds(const pb::ProcessVersion& version) {
  return absl::StrJoin(version.stages(), ", ",
                       [](std::string* out, const pb::Stage& stage) { out->append(stage.id()); });
}

bool IsSet(const sales::v1::Opportunity& deal, absl::string_view path) {
  const auto* field = deal.GetDescriptor()->FindFieldByName(std::string(path));
  if (field == nullptr) return false;
  const auto* reflection = deal.GetReflection();
  // Without presence, HasField tells whether the value differs from the default.
  return field->is_repeated() ? reflection->FieldSize(deal, field) > 0
                              : reflection->HasField(deal, field);
}

absl::Status CheckMandatory(const pb::Stage& stage, const sales::v1::Opportunity& deal) {
  for (const auto& path : stage.mandatory_field()) {
    if (IsSet(deal, path)) continue;
    return Reject(Reason::REASON_MISSING_REQUIRED_FOR_STATE,
                  absl::StrCat("Stage ", stage.id(), " needs ", path, "; set it first."),
                  {{"field", path}, {"state", stage.id()}});
  }
  return absl::OkStatus();
}

}  // namespace daybook::domain
