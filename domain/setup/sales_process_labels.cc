// Fixed labels in place of free text: what the text fields of the deals of a process may say.

#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "daybook/options/v1/field_options.pb.h"
#include "domain/base/status_macros.h"
#include "domain/record/rules.h"
#include "domain/setup/sales_process.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::setup::v1;
using google::protobuf::FieldDescriptor;

const pb::FixedLabels* FindLabels(const pb::SalesProcess& process, absl::string_view field) {
  for (const auto& labels : process.fixed_labels()) {
    if (absl::string_view(labels.field()) == field) return &labels;
  }
  return nullptr;
}

const pb::FixedLabel* FindLabel(const pb::FixedLabels& labels, absl::string_view text) {
  for (const auto& label : labels.labels()) {
    if (absl::string_view(label.label()) == text) return &label;
  }
  return nullptr;
}

std::vector<std::string> Selectable(const pb::FixedLabels& labels) {
  std::vector<std::string> texts;
  for (const auto& label : labels.labels()) {
    if (!label.retired()) texts.push_back(label.label());
  }
  return texts;
}

// A line of text that updates may write and that is no reference.
bool TakesLabels(const FieldDescriptor* field) {
  if (field == nullptr || field->is_repeated()) return false;
  const auto& annotation = field->options().GetExtension(options::v1::field);
  return field->type() == FieldDescriptor::TYPE_STRING && annotation.lookup().empty() &&
         annotation.security() == options::v1::SECURITY_CLASS_STANDARD && !annotation.immutable() &&
         !annotation.multiline();
}

absl::Status CheckField(const std::string& field) {
  const auto* deal = sales::v1::Opportunity::descriptor();
  if (TakesLabels(deal->FindFieldByName(field))) return absl::OkStatus();
  std::vector<std::string> known;
  for (int i = 0; i < deal->field_count(); ++i) {
    if (TakesLabels(deal->field(i))) known.push_back(deal->field(i)->name());
  }
  return InvalidField("field", absl::StrCat("'", field, "' takes no fixed labels; ",
                                            absl::StrJoin(known, ", "), " do"));
}

// The labels asked for, then, retired, those that the field had beside them.
absl::StatusOr<pb::FixedLabels> NewLabels(const pb::SetFixedLabelsRequest& request,
                                          const pb::FixedLabels& current) {
  pb::FixedLabels made;
  made.set_field(request.field());
  std::set<std::string> seen;
  for (int i = 0; i < request.labels_size(); ++i) {
    const std::string at = absl::StrCat("labels[", i, "]");
    DAYBOOK_RETURN_IF_ERROR(RequireText(at, request.labels(i)));
    const std::string label(absl::StripAsciiWhitespace(request.labels(i)));
    if (!seen.insert(absl::AsciiStrToLower(label)).second) {
      return InvalidField(at, absl::StrCat("'", label, "' is there twice"));
    }
    made.add_labels()->set_label(label);
  }
  for (const auto& label : current.labels()) {
    if (FindLabel(made, label.label()) != nullptr) continue;
    auto* retired = made.add_labels();
    *retired = label;
    retired->set_retired(true);
  }
  if (made.labels_size() > kFixedLabelsMax) {
    return LimitExceeded("labels", kFixedLabelsMax, made.labels_size());
  }
  return made;
}

absl::Status CheckText(const pb::FixedLabels& labels, absl::string_view text) {
  const std::vector<std::string> choice = Selectable(labels);
  if (text.empty() || choice.empty()) return absl::OkStatus();
  const auto* label = FindLabel(labels, text);
  if (label != nullptr && !label->retired()) return absl::OkStatus();
  return InvalidField(labels.field(),
                      absl::StrCat(label == nullptr ? "is none of the labels of the process: "
                                                    : "is a retired label; those in use are ",
                                   absl::StrJoin(choice, ", ")));
}

bool Same(const pb::FixedLabels& a, const pb::FixedLabels& b) {
  if (a.labels_size() != b.labels_size()) return false;
  for (int i = 0; i < a.labels_size(); ++i) {
    if (a.labels(i).label() != b.labels(i).label()) return false;
    if (a.labels(i).retired() != b.labels(i).retired()) return false;
  }
  return true;
}

}  // namespace

// NOT_FOUND. INVALID_FIELD: a field that takes no labels, a blank label, one twice. LIMIT_EXCEEDED,
// retired ones included. Nothing when the field has these labels.
SalesProcess::Result SalesProcess::Decide(const State& state,
                                          const pb::SetFixedLabelsRequest& request,
                                          const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  DAYBOOK_RETURN_IF_ERROR(CheckField(request.field()));
  const auto* found = FindLabels(state.record, request.field());
  const pb::FixedLabels current = found == nullptr ? pb::FixedLabels() : *found;
  DAYBOOK_ASSIGN_OR_RETURN(auto made, NewLabels(request, current));
  if (Same(made, current)) return Nothing<Event>();
  made.set_version(current.version() + 1);
  Decision<Event> decision;
  *decision.Add().mutable_fixed_labels_set()->mutable_fixed_labels() = std::move(made);
  return decision;
}

// NOT_FOUND: the process, or the label. Nothing when it is retired. INVALID_FIELD: the last one.
SalesProcess::Result SalesProcess::Decide(const State& state, const pb::RetireLabelRequest& request,
                                          const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  const auto* labels = FindLabels(state.record, request.field());
  const auto* label = labels == nullptr ? nullptr : FindLabel(*labels, request.label());
  if (label == nullptr) {
    return Reject(Reason::REASON_NOT_FOUND,
                  absl::StrCat("The field ", request.field(), " has no such label; check both."),
                  {{"field", "label"}});
  }
  if (label->retired()) return Nothing<Event>();
  if (Selectable(*labels).size() == 1) {
    return InvalidField("label",
                        "is the last one that can be chosen; free the field with SetFixedLabels "
                        "and no labels");
  }
  Decision<Event> decision;
  auto& retired = *decision.Add().mutable_label_retired();
  retired.set_field(request.field());
  retired.set_label(request.label());
  retired.set_version(labels->version() + 1);
  return decision;
}

absl::Status CheckFixedLabels(const pb::SalesProcess& process, const sales::v1::Opportunity& deal) {
  const auto* reflection = deal.GetReflection();
  for (const auto& labels : process.fixed_labels()) {
    const auto* field = deal.GetDescriptor()->FindFieldByName(labels.field());
    if (!TakesLabels(field)) continue;
    DAYBOOK_RETURN_IF_ERROR(CheckText(labels, reflection->GetString(deal, field)));
  }
  return absl::OkStatus();
}

}  // namespace daybook::domain
