#include "domain/fields/personal.h"

#include <memory>
#include <mutex>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "daybook/options/v1/field_options.pb.h"
#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"

namespace daybook::domain {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr char kMark = '\x01';

struct Plan;

// A field to visit: a personal text, or a message that has some inside.
struct Step {
  const FieldDescriptor* field = nullptr;
  const FieldDescriptor* subject = nullptr;  // of the same message; null: the record is the person
  const Plan* inside = nullptr;              // null: the field itself is personal
};

// What there is to visit in messages of one type; empty for nearly all, so that they cost one
// look-up.
struct Plan {
  std::vector<Step> steps;
};

bool IsPersonal(const FieldDescriptor& field) {
  return field.options().GetExtension(options::v1::field).security() ==
         options::v1::SECURITY_CLASS_PERSONAL;
}

// Finds personal fields by walking the type; `seen` ends recursive types.
bool Holds(const Descriptor* type, absl::flat_hash_set<const Descriptor*>* seen) {
  if (!seen->insert(type).second) return false;
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor& field = *type->field(i);
    if (IsPersonal(field)) return true;
    if (field.message_type() != nullptr && Holds(field.message_type(), seen)) return true;
  }
  return false;
}

class Plans {
 public:
  const Plan* Find(const Descriptor* type) {
    std::lock_guard lock(mutex_);
    return Build(type);
  }

 private:
  const Plan* Build(const Descriptor* type) {
    const auto [it, added] = plans_.try_emplace(type, nullptr);
    if (!added) return it->second.get();
    it->second = std::make_unique<Plan>();
    Plan* plan = it->second.get();  // stays where it is when the map grows
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      if (IsPersonal(*field)) {
        DAYBOOK_CHECK(field->type() == FieldDescriptor::TYPE_STRING, "personal fields are text");
        plan->steps.push_back({field, SubjectOf(*field), nullptr});
        continue;
      }
      absl::flat_hash_set<const Descriptor*> seen;
      if (field->message_type() != nullptr && Holds(field->message_type(), &seen)) {
        plan->steps.push_back({field, nullptr, Build(field->message_type())});
      }
    }
    return plan;
  }

  static const FieldDescriptor* SubjectOf(const FieldDescriptor& field) {
    const std::string& name = field.options().GetExtension(options::v1::field).subject_field();
    if (name.empty()) return nullptr;
    const FieldDescriptor* subject = field.containing_type()->FindFieldByName(name);
    DAYBOOK_CHECK(subject != nullptr && subject->type() == FieldDescriptor::TYPE_STRING &&
                      !subject->is_repeated(),
                  "subject_field names no text field of the message");
    return subject;
  }

  std::mutex mutex_;
  absl::flat_hash_map<const Descriptor*, std::unique_ptr<Plan>> plans_;
};

// Plans live as long as the program; each thread remembers those it has used, so the lock is taken
// once per thread and type.
const Plan& PlanOf(const Descriptor* type) {
  static auto* const plans = new Plans;
  thread_local absl::flat_hash_map<const Descriptor*, const Plan*> known;
  const Plan*& plan = known[type];
  if (plan == nullptr) plan = plans->Find(type);
  return *plan;
}

// Calls `edit(owner, step, &text)` for every personal text that is not empty, in field order. With
// `edit` the text may be replaced.
template <class Edit>
absl::Status EditTexts(const Plan& plan, Message* message, const Edit& edit) {
  const Reflection& reflection = *message->GetReflection();
  for (const Step& step : plan.steps) {
    if (step.inside != nullptr) {
      if (step.field->is_repeated()) {
        for (int i = 0; i < reflection.FieldSize(*message, step.field); ++i) {
          DAYBOOK_RETURN_IF_ERROR(EditTexts(
              *step.inside, reflection.MutableRepeatedMessage(message, step.field, i), edit));
        }
      } else if (reflection.HasField(*message, step.field)) {
        DAYBOOK_RETURN_IF_ERROR(
            EditTexts(*step.inside, reflection.MutableMessage(message, step.field), edit));
      }
      continue;
    }
    if (step.field->is_repeated()) {
      for (int i = 0; i < reflection.FieldSize(*message, step.field); ++i) {
        std::string text = reflection.GetRepeatedString(*message, step.field, i);
        if (text.empty()) continue;
        DAYBOOK_RETURN_IF_ERROR(edit(*message, step, &text));
        reflection.SetRepeatedString(message, step.field, i, std::move(text));
      }
      continue;
    }
    if (!reflection.HasField(*message, step.field)) continue;
    std::string text = reflection.GetString(*message, step.field);
    if (text.empty()) continue;
    DAYBOOK_RETURN_IF_ERROR(edit(*message, step, &text));
    reflection.SetString(message, step.field, std::move(text));
  }
  return absl::OkStatus();
}

// The same without changing anything.
template <class See>
void SeeTexts(const Plan& plan, const Message& message, const See& see) {
  const Reflection& reflection = *message.GetReflection();
  std::string scratch;
  for (const Step& step : plan.steps) {
    const int size = step.field->is_repeated() ? reflection.FieldSize(message, step.field) : -1;
    if (step.inside != nullptr) {
      for (int i = 0; i < size; ++i) {
        SeeTexts(*step.inside, reflection.GetRepeatedMessage(message, step.field, i), see);
      }
      if (size < 0 && reflection.HasField(message, step.field)) {
        SeeTexts(*step.inside, reflection.GetMessage(message, step.field), see);
      }
      continue;
    }
    for (int i = 0; i < size; ++i) {
      see(reflection.GetRepeatedStringReference(message, step.field, i, &scratch));
    }
    if (size < 0) see(reflection.GetStringReference(message, step.field, &scratch));
  }
}

// Takes a number off the front of `text`. Only what StrCat writes: no sign, blank or leading zero,
// so that one reference has one text.
bool TakeNumber(absl::string_view* text, uint64_t max, uint64_t* number) {
  size_t digits = 0;
  while (digits < text->size() &&
         absl::ascii_isdigit(static_cast<unsigned char>((*text)[digits]))) {
    ++digits;
  }
  const bool leading_zero = digits > 1 && text->front() == '0';
  if (leading_zero || !absl::SimpleAtoi(text->substr(0, digits), number)) return false;
  text->remove_prefix(digits);
  return *number <= max;
}

// Reads the mark and `count` numbers with points between them, and nothing else.
bool ParseMarked(absl::string_view text, size_t count, uint64_t* numbers) {
  if (text.empty() || text.front() != kMark) return false;
  text.remove_prefix(1);
  for (size_t i = 0; i < count; ++i) {
    if (i > 0 && !absl::ConsumePrefix(&text, ".")) return false;
    // Of a token's three numbers the first is a position.
    const uint64_t max = count == 3 && i == 0 ? UINT64_MAX : UINT32_MAX;
    if (!TakeNumber(&text, max, &numbers[i])) return false;
  }
  return text.empty();
}

bool ParsePlaceholder(absl::string_view text, uint64_t* part, uint64_t* ordinal) {
  uint64_t numbers[2];
  if (!ParseMarked(text, 2, numbers)) return false;
  *part = numbers[0];
  *ordinal = numbers[1];
  return true;
}

}  // namespace

std::vector<PersonalPart> SplitPersonal(Message* event, absl::string_view stream_id) {
  std::vector<PersonalPart> parts;
  const auto take = [&](const Message& owner, const Step& step, std::string* text) {
    std::string subject;
    if (step.subject != nullptr) subject = owner.GetReflection()->GetString(owner, step.subject);
    if (subject.empty()) subject = std::string(stream_id);
    size_t part = 0;
    while (part < parts.size() && parts[part].subject_id != subject) ++part;
    if (part == parts.size()) parts.push_back({std::move(subject), {}});
    parts[part].values.push_back(std::move(*text));
    *text = absl::StrCat(absl::string_view(&kMark, 1), part, ".", parts[part].values.size() - 1);
    return absl::OkStatus();
  };
  EditTexts(PlanOf(event->GetDescriptor()), event, take).IgnoreError();
  return parts;
}

absl::Status JoinPersonal(const std::vector<std::optional<std::vector<std::string>>>& parts,
                          Message* event) {
  const auto put = [&](const Message&, const Step& step, std::string* text) {
    if (text->front() != kMark) return absl::OkStatus();
    uint64_t part = 0;
    uint64_t ordinal = 0;
    const bool known = ParsePlaceholder(*text, &part, &ordinal) && part < parts.size() &&
                       (!parts[part].has_value() || ordinal < parts[part]->size());
    if (!known) {
      return Reject(Reason::REASON_DATA_LOSS,
                    absl::StrCat("the value of ", ToAbsl(step.field->full_name()),
                                 " is not among the sealed values of its event"),
                    {{"field", ToAbsl(step.field->name())}});
    }
    *text = parts[part].has_value() ? (*parts[part])[ordinal] : std::string();
    return absl::OkStatus();
  };
  return EditTexts(PlanOf(event->GetDescriptor()), event, put);
}

void ExpandTokens(uint64_t position, Message* event) {
  const auto expand = [&](const Message&, const Step&, std::string* text) {
    uint64_t part = 0;
    uint64_t ordinal = 0;
    if (ParsePlaceholder(*text, &part, &ordinal)) {
      *text = absl::StrCat(absl::string_view(&kMark, 1), position, ".", part, ".", ordinal);
    }
    return absl::OkStatus();
  };
  EditTexts(PlanOf(event->GetDescriptor()), event, expand).IgnoreError();
}

bool ParseToken(absl::string_view text, Token* token) {
  uint64_t numbers[3];
  if (!ParseMarked(text, 3, numbers)) return false;
  token->position = numbers[0];
  token->part = static_cast<uint32_t>(numbers[1]);
  token->ordinal = static_cast<uint32_t>(numbers[2]);
  return true;
}

absl::Status OpenTokens(
    const std::function<absl::StatusOr<std::optional<std::string>>(const Token&)>& open,
    Message* record) {
  const auto replace = [&](const Message&, const Step&, std::string* text) -> absl::Status {
    Token token;
    if (!ParseToken(*text, &token)) return absl::OkStatus();
    DAYBOOK_ASSIGN_OR_RETURN(std::optional<std::string> clear, open(token));
    *text = std::move(clear).value_or(std::string());
    return absl::OkStatus();
  };
  return EditTexts(PlanOf(record->GetDescriptor()), record, replace);
}

std::vector<Token> CollectTokens(const Message& record) {
  std::vector<Token> tokens;
  SeeTexts(PlanOf(record.GetDescriptor()), record, [&](const std::string& text) {
    Token token;
    if (ParseToken(text, &token)) tokens.push_back(token);
  });
  return tokens;
}

bool HasPersonalFields(const Descriptor* type) { return !PlanOf(type).steps.empty(); }

}  // namespace daybook::domain
