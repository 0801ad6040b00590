#include "cli/import/row_builder.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/import/field_value.h"
#include "daybook/rpc/v1/headers.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"

namespace daybook::cli {
namespace {

using google::protobuf::Message;

// "step Win, field value: ..." without the record, which the result names in its own column.
absl::Status At(const Source& source, const absl::Status& status) {
  const size_t record = source.where.find(", ");
  const absl::string_view where = record == std::string::npos
                                      ? absl::string_view(source.where)
                                      : absl::string_view(source.where).substr(record + 2);
  return absl::Status(status.code(), absl::StrCat(where, ": ", status.message()));
}

void Note(const Source& source, RowNotes* notes) {
  if (source.assumption != kNone) notes->assumptions |= uint64_t{1} << source.assumption;
}

// What the plan takes of a text.
void TakePart(const Source& source, std::string* text) {
  if (!source.after.empty()) {
    const size_t at = text->rfind(source.after);
    if (at != std::string::npos) text->erase(0, at + source.after.size());
  }
  if (source.above.empty()) return;
  const bool closed = absl::EndsWith(*text, source.above);
  const size_t end = text->size() - (closed ? source.above.size() : 0);
  const size_t at = end == 0 ? std::string::npos : text->rfind(source.above, end - 1);
  // "/1/2/" -> "/1/", "1.2" -> "1"; at the top nothing is above.
  text->resize(at == std::string::npos ? 0 : at + (closed ? source.above.size() : 0));
}

}  // namespace

Uuid RequestId(const Uuid& record_id, absl::string_view source, absl::string_view step) {
  return Uuid::MakeV5(record_id, absl::StrCat("import/", source, "/", step));
}

RowBuilder::RowBuilder(const Plan& plan, const ImportTarget::Settings& settings,
                       std::vector<std::string> finds, const RowIndex& index)
    : plan_(plan), settings_(settings), finds_(std::move(finds)), index_(index) {
  auto* factory = google::protobuf::MessageFactory::generated_factory();
  for (const auto& record : plan.records) {
    for (const auto& step : record.steps) {
      requests_.emplace_back(&step,
                             std::unique_ptr<Message>(factory->GetPrototype(step.request)->New()));
    }
  }
  std::sort(requests_.begin(), requests_.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
}

bool RowBuilder::IsBlank(const RecordPlan& record, const std::vector<std::string>* own,
                         absl::string_view text) const {
  if (text.empty()) return true;
  const auto holds = [&](const std::vector<std::string>& tokens) {
    return std::any_of(tokens.begin(), tokens.end(),
                       [&](const std::string& token) { return text == token; });
  };
  return holds(plan_.blank) || (own != nullptr && holds(*own)) ||
         (record.file_index != kNone &&
          holds(plan_.files[static_cast<size_t>(record.file_index)].blank));
}

bool RowBuilder::Fits(const RecordPlan& record, absl::Span<const Condition> conditions,
                      Fields fields) const {
  for (const auto& condition : conditions) {
    const absl::string_view text =
        absl::StripAsciiWhitespace(fields[static_cast<size_t>(condition.column_index)]);
    const bool listed = std::any_of(condition.values.begin(), condition.values.end(),
                                    [&](const std::string& value) { return text == value; });
    bool fits = false;
    switch (condition.kind) {
      case Condition::Kind::kIn:
        fits = listed;
        break;
      case Condition::Kind::kNotIn:
        fits = !listed;
        break;
      case Condition::Kind::kBlank:
        fits = IsBlank(record, nullptr, text);
        break;
      case Condition::Kind::kPresent:
        fits = !IsBlank(record, nullptr, text);
        break;
    }
    if (!fits) return false;
  }
  return true;
}

absl::StatusOr<std::string> RowBuilder::Key(const RecordPlan& record, Fields fields) const {
  if (record.file_index == kNone) return record.key_columns.front();
  std::string key;
  for (const int index : record.key_indexes) {
    const absl::string_view part = absl::StripAsciiWhitespace(fields[static_cast<size_t>(index)]);
    if (IsBlank(record, nullptr, part)) {
      const auto& file = plan_.files[static_cast<size_t>(record.file_index)];
      return absl::InvalidArgumentError(
          absl::StrCat("the key column ", file.columns[static_cast<size_t>(index)], " is blank"));
    }
    absl::StrAppend(&key, key.empty() ? "" : "/", part);
  }
  return key;
}

absl::StatusOr<std::optional<std::string>> RowBuilder::TextOf(const RecordPlan& record,
                                                              const Source& source, Fields fields,
                                                              RowNotes* notes) const {
  std::string text;
  switch (source.kind) {
    case Source::Kind::kColumn:
      text = std::string(fields[static_cast<size_t>(source.column_index)]);
      break;
    case Source::Kind::kConstant:
      Note(source, notes);
      text = source.constant;
      break;
    case Source::Kind::kTemplate:
      for (size_t i = 0; i < source.literals.size(); ++i) {
        absl::StrAppend(&text, source.literals[i]);
        if (i == source.template_indexes.size()) break;
        absl::StrAppend(&text, absl::StripAsciiWhitespace(
                                   fields[static_cast<size_t>(source.template_indexes[i])]));
      }
      break;
    case Source::Kind::kReference:
      Note(source, notes);
      text = plan_.records[static_cast<size_t>(source.reference_index)].key_columns.front();
      break;
    case Source::Kind::kFind:
      Note(source, notes);
      return finds_[static_cast<size_t>(source.find)];
  }
  if (source.trim) absl::StripAsciiWhitespace(&text);
  TakePart(source, &text);
  if (source.kind != Source::Kind::kConstant && IsBlank(record, &source.blank, text)) {
    Note(source, notes);
    if (source.default_text.has_value()) return source.default_text;
    if (source.required) return At(source, absl::InvalidArgumentError("is blank and must not be"));
    return std::nullopt;
  }
  if (!source.map.empty()) {
    const auto mapped = source.map.find(text);
    if (mapped == source.map.end() && source.map_only) {
      return At(source,
                absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not in the map")));
    }
    if (mapped != source.map.end()) {
      if (source.mapped_assumption != kNone) {
        notes->assumptions |= uint64_t{1} << source.mapped_assumption;
      }
      text = mapped->second;
    }
  }
  if (source.lookup_index != kNone) {
    const auto found = index_.Lookup(source.lookup_index, text);
    if (!found.ok()) return At(source, found.status());
    Note(source, notes);
    text = std::string(absl::StripAsciiWhitespace(*found));
  }
  return text;
}

absl::StatusOr<std::optional<absl::Time>> RowBuilder::TimeOf(const RecordPlan& record,
                                                             const StepPlan& step, Fields fields,
                                                             RowNotes* notes) const {
  if (!step.at.has_value()) return std::nullopt;
  DAYBOOK_ASSIGN_OR_RETURN(const auto text, TextOf(record, *step.at, fields, notes));
  if (!text.has_value()) return std::nullopt;
  DateShape shape = step.at->date;
  shape.zone = settings_.zone;
  const auto time = ParseShapedTime(shape, *text);
  if (!time.ok()) return At(*step.at, time.status());
  return *time;
}

absl::StatusOr<Message*> RowBuilder::Build(const RecordPlan& record, const StepPlan& step,
                                           Fields fields, const Uuid& id, absl::string_view key,
                                           std::optional<absl::Time> effective_at,
                                           RowNotes* notes) {
  const auto found = std::lower_bound(requests_.begin(), requests_.end(), &step,
                                      [](const auto& a, const StepPlan* b) { return a.first < b; });
  Message* request = found->second.get();
  request->Clear();
  const auto* type = step.request;
  const auto* reflection = request->GetReflection();
  auto* header = static_cast<rpc::v1::CommandHeader*>(
      reflection->MutableMessage(request, type->FindFieldByNumber(1)));
  header->set_request_id(RequestId(id, plan_.source, step.name).ToString());
  header->set_reason(step.reason);
  if (effective_at.has_value()) *header->mutable_effective_at() = ToProto(*effective_at);
  reflection->SetString(request, type->FindFieldByName("id"), id.ToString());
  if (&step == &record.steps.front()) {
    reflection->SetString(request, type->FindFieldByName("external_key"),
                          ExternalKey(plan_, record, key));
  }
  DAYBOOK_RETURN_IF_ERROR(SetFields(record, step.fields, fields, request, notes));
  return request;
}

absl::Status RowBuilder::SetFields(const RecordPlan& record, const std::vector<FieldPlan>& plans,
                                   Fields fields, Message* message, RowNotes* notes) {
  const auto* reflection = message->GetReflection();
  for (const auto& plan : plans) {
    switch (plan.kind) {
      case FieldPlan::Kind::kValue:
        DAYBOOK_RETURN_IF_ERROR(SetValue(record, plan, fields, message, notes));
        break;
      case FieldPlan::Kind::kMessage:
        DAYBOOK_RETURN_IF_ERROR(SetFields(record, plan.children, fields,
                                          plan.field->is_repeated()
                                              ? reflection->AddMessage(message, plan.field)
                                              : reflection->MutableMessage(message, plan.field),
                                          notes));
        break;
      case FieldPlan::Kind::kList:
        DAYBOOK_RETURN_IF_ERROR(SetFields(record, plan.children, fields, message, notes));
        break;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> RowBuilder::CurrencyOf(const Source& source, Fields fields) const {
  if (source.currency_index != kNone) {
    const absl::string_view text =
        absl::StripAsciiWhitespace(fields[static_cast<size_t>(source.currency_index)]);
    if (!text.empty()) return std::string(text);
  }
  if (!source.currency.empty()) return source.currency;
  return plan_.currency.empty() ? settings_.currency : plan_.currency;
}

absl::Status RowBuilder::SetValue(const RecordPlan& record, const FieldPlan& plan, Fields fields,
                                  Message* message, RowNotes* notes) {
  const Source& source = plan.source;
  DAYBOOK_ASSIGN_OR_RETURN(const auto text, TextOf(record, source, fields, notes));
  if (!text.has_value()) return absl::OkStatus();
  if (source.reference_index != kNone) {
    auto id = index_.IdOf(source.reference_index, *text);
    if (!id.ok()) return At(source, id.status());
    SetString(plan.field, *std::move(id), message);
    return absl::OkStatus();
  }
  return SetText(source, plan, *text, fields, message);
}

absl::Status RowBuilder::SetText(const Source& source, const FieldPlan& plan,
                                 const std::string& text, Fields fields, Message* message) const {
  ValueShape shape{source.number, source.date, ""};
  shape.date.zone = settings_.zone;
  DAYBOOK_ASSIGN_OR_RETURN(shape.currency, CurrencyOf(source, fields));
  const absl::Status set = SetFieldText(plan.field, shape, text, message);
  return set.ok() ? set : At(source, set);
}

}  // namespace daybook::cli
