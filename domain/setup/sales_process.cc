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
#include "domain/record/presence.h"
#include "domain/record/rules.h"
#include "google/protobuf/util/message_differencer.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::setup::v1;
using google::protobuf::FieldDescriptor;

// Set when a deal closes, only when it is created, or told by other fields: as mandatory fields
// they would shut the stage for good.
constexpr std::array<absl::string_view, 17> kNeverMandatory = {"actual_value",
                                                               "lost_value",
                                                               "close_date",
                                                               "close_time",
                                                               "close_reason_id",
                                                               "close_reason_code",
                                                               "reopened",
                                                               "imported",
                                                               "state",
                                                               "stage",
                                                               "stage_probability",
                                                               "value_from_job_requests",
                                                               "value_from_lines",
                                                               "archived",
                                                               "loss_reviews",
                                                               "project_request_id",
                                                               "external_key"};

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

// A mapping leads from a stage of some version to one of the draft, and only one from each.
absl::Status CheckMapping(const pb::SalesProcess& process, const pb::ProcessVersion& draft) {
  std::set<std::string> seen;
  for (int i = 0; i < draft.mapping_size(); ++i) {
    const pb::StageMapping& mapping = draft.mapping(i);
    const std::string at = absl::StrCat("mapping[", i, "]");
    const bool known =
        std::any_of(process.versions().begin(), process.versions().end(),
                    [&](const auto& version) { return FindStage(version, mapping.from()); });
    if (!known) {
      return InvalidField(absl::StrCat(at, ".from"),
                          absl::StrCat("no version has had a stage '", mapping.from(), "'"));
    }
    if (FindStage(draft, mapping.to()) == nullptr) {
      return InvalidField(
          absl::StrCat(at, ".to"),
          absl::StrCat("the draft has no stage '", mapping.to(), "'; it has ", StageIds(draft)));
    }
    if (!seen.insert(mapping.from()).second) {
      return InvalidField(absl::StrCat(at, ".from"),
                          absl::StrCat("two mappings lead from '", mapping.from(), "'"));
    }
  }
  return absl::OkStatus();
}

const std::string* MappedTo(const pb::ProcessVersion& version, absl::string_view stage) {
  for (const auto& mapping : version.mapping()) {
    if (absl::string_view(mapping.from()) == stage) return &mapping.to();
  }
  return nullptr;
}

// Nothing forbids a probability that falls from one stage to the next; mostly it is a slip.
void AddWarnings(pb::ProcessVersion* draft) {
  for (int i = 1; i < draft->stages_size(); ++i) {
    const pb::Stage& before = draft->stages(i - 1);
    const pb::Stage& stage = draft->stages(i);
    if (stage.probability() >= before.probability()) continue;
    draft->add_warnings(absl::StrCat("The probability of stage ", stage.id(), " is below that of ",
                                     before.id(), ", the one before."));
  }
}

void OnFixedLabelsSet(const pb::SalesProcessFixedLabelsSet& event, pb::SalesProcess* process) {
  for (auto& labels : *process->mutable_fixed_labels()) {
    if (labels.field() != event.fixed_labels().field()) continue;
    labels = event.fixed_labels();
    return;
  }
  *process->add_fixed_labels() = event.fixed_labels();
}

void OnLabelRetired(const pb::SalesProcessLabelRetired& event, pb::SalesProcess* process) {
  for (auto& labels : *process->mutable_fixed_labels()) {
    if (labels.field() != event.field()) continue;
    labels.set_version(event.version());
    for (auto& label : *labels.mutable_labels()) {
      if (label.label() == event.label()) label.set_retired(true);
    }
  }
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
      DAYBOOK_ZERO_IF_ABSENT(published_version, &state.record);
      return;
    case Event::kDraftRevised:
      *state.record.mutable_draft() = event.draft_revised().draft();
      return;
    case Event::kPublished:
      Publish(event.published().version(), &state.record);
      return;
    case Event::kFixedLabelsSet:
      return OnFixedLabelsSet(event.fixed_labels_set(), &state.record);
    case Event::kLabelRetired:
      return OnLabelRetired(event.label_retired(), &state.record);
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
  AddWarnings(process.mutable_draft());
  process.set_external_key(request.external_key());
  return decision;
}

// NOT_FOUND. INVALID_FIELD, LIMIT_EXCEEDED: stages. INVALID_FIELD: mapping. LIMIT_EXCEEDED:
// versions, their bytes. Nothing when the draft is like that, or, without one and without a
// mapping, the version in force has these stages.
SalesProcess::Result SalesProcess::Decide(const State& state, const ReviseRequest& request,
                                          const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  DAYBOOK_RETURN_IF_ERROR(CheckStages(request.stages()));
  pb::ProcessVersion draft;
  *draft.mutable_stages() = request.stages();
  *draft.mutable_mapping() = request.mapping();
  DAYBOOK_RETURN_IF_ERROR(CheckMapping(state.record, draft));
  AddWarnings(&draft);
  pb::ProcessVersion current;
  if (state.record.has_draft()) {
    current = state.record.draft();
  } else if (const auto* version = FindVersion(state.record, state.record.published_version())) {
    current = *version;
    current.clear_mapping();  // into the version in force, not out of it
  }
  draft.set_number(current.number());
  if (google::protobuf::util::MessageDifferencer::Equals(draft, current)) return Nothing<Event>();
  if (state.record.versions_size() >= kProcessVersionsMax) {
    return LimitExceeded("versions", kProcessVersionsMax, state.record.versions_size() + 1);
  }
  draft.set_number(state.record.published_version() + 1);
  // Publishing moves the draft, so it needs no check of its own.
  const size_t bytes = state.record.ByteSizeLong() -
                       (state.record.has_draft() ? state.record.draft().ByteSizeLong() : 0) +
                       draft.ByteSizeLong();
  if (bytes > kProcessBytesMax) {
    return Reject(Reason::REASON_LIMIT_EXCEEDED,
                  absl::StrCat("All versions and this draft have ", bytes, " bytes; at most ",
                               kProcessBytesMax, ". Define another process."),
                  {{"field", "versions"},
                   {"limit", absl::StrCat(kProcessBytesMax)},
                   {"value", absl::StrCat(bytes)}});
  }
  Decision<Event> decision;
  *decision.Add().mutable_draft_revised()->mutable_draft() = std::move(draft);
  return decision;
}

// NOT_FOUND. Nothing when there is no draft: the last one is in force. MISSING_REQUIRED_FOR_STATE:
// a stage that goes is not mapped.
SalesProcess::Result SalesProcess::Decide(const State& state, const PublishRequest&,
                                          const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  if (!state.record.has_draft()) return Nothing<Event>();
  const pb::ProcessVersion& draft = state.record.draft();
  if (const auto* in_force = FindVersion(state.record, state.record.published_version())) {
    for (const auto& stage : in_force->stages()) {
      if (FindStage(draft, stage.id()) != nullptr || MappedTo(draft, stage.id()) != nullptr) {
        continue;
      }
      return Reject(Reason::REASON_MISSING_REQUIRED_FOR_STATE,
                    absl::StrCat("The draft has no stage ", stage.id(), " and says not where its ",
                                 "deals go; map it to one of ", StageIds(draft), "."),
                    {{"field", "mapping"}, {"state", stage.id()}});
    }
  }
  Decision<Event> decision;
  decision.Add().mutable_published()->set_version(draft.number());
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

absl::StatusOr<const pb::Stage*> StageInForce(const pb::SalesProcess& process, uint32_t version,
                                              absl::string_view stage) {
  std::string at(stage);
  const pb::ProcessVersion* last = FindVersion(process, process.published_version());
  for (const auto& next : process.versions()) {
    if (next.number() <= version) continue;
    // A stage that goes without a mapping, as logs may have it, can still be mapped later.
    if (const auto* to = MappedTo(next, at)) at = *to;
  }
  const pb::Stage* found = last == nullptr ? nullptr : FindStage(*last, at);
  if (found != nullptr) return found;
  return Reject(Reason::REASON_MISSING_REQUIRED_FOR_STATE,
                absl::StrCat("The version in force has no stage ", at,
                             " and no mapping of it; publish a version that maps it."),
                {{"field", "mapping"}, {"state", at}});
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
