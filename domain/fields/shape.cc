#include "domain/fields/shape.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "daybook/options/v1/field_options.pb.h"
#include "daybook/type/v1/date.pb.h"
#include "daybook/type/v1/money.pb.h"
#include "domain/base/error.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/text.h"
#include "domain/base/time.h"
#include "domain/base/uuid.h"
#include "domain/fields/filter.h"
#include "google/protobuf/timestamp.pb.h"

namespace daybook::domain {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr absl::string_view kHeaderType = "daybook.rpc.v1.CommandHeader";

enum class Check {
  kText,
  kUuid,
  kBytes,
  kEnum,
  kNumber,
  kBoolean,
  kMoney,
  kDate,
  kInstant,
  kMessage
};
struct Plan;

// What is asked of one field.
struct Rule {
  const FieldDescriptor* field = nullptr;
  Check check = Check::kMessage;
  bool required = false;
  bool multiline = false;
  bool non_negative = false;
  bool may_be_blank = false;
  size_t max_bytes = kDefaultTextBytes;  // 0: bounded by the message alone
  int max_items = kDefaultItems;
  const Plan* inside = nullptr;
};

struct Plan {
  std::vector<Rule> rules;  // in order of field number
};

Check CheckOf(const FieldDescriptor& field, bool uuid) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (field.type() == FieldDescriptor::TYPE_BYTES) return Check::kBytes;
      return uuid ? Check::kUuid : Check::kText;
    case FieldDescriptor::CPPTYPE_ENUM:
      return Check::kEnum;
    case FieldDescriptor::CPPTYPE_BOOL:
      return Check::kBoolean;
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const std::string& name = field.message_type()->full_name();
      if (name == "daybook.type.v1.Money") return Check::kMoney;
      if (name == "daybook.type.v1.Date") return Check::kDate;
      if (name == "google.protobuf.Timestamp") return Check::kInstant;
      return Check::kMessage;
    }
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Check::kNumber;
  }
  return Check::kNumber;
}

// The headers and the fields of lists are the same in all requests and carry no annotations.
void AddConventions(Rule* rule) {
  const FieldDescriptor& field = *rule->field;
  if (ToAbsl(field.containing_type()->full_name()) == kHeaderType) {
    if (field.name() == "request_id") {
      rule->check = Check::kUuid;
      rule->required = true;
    }
    if (field.name() == "reason") rule->max_bytes = kCommandReasonBytes;
  }
  if (rule->check == Check::kMessage && ToAbsl(field.message_type()->full_name()) == kHeaderType) {
    rule->required = true;
  }
  if (rule->check == Check::kText && field.name() == "filter") {
    // Its grammar refuses more than blanks and texts; positions are told by the parser.
    rule->max_bytes = kFilterBytesMax;
    rule->multiline = true;
    rule->may_be_blank = true;
  }
  if (rule->check == Check::kText && field.name() == "page_token")
    rule->max_bytes = kPageTokenBytes;
}

Rule MakeRule(const FieldDescriptor* field) {
  const auto& annotation = field->options().GetExtension(options::v1::field);
  const bool uuid =
      !annotation.lookup().empty() || (field->name() == "id" && annotation.max_bytes() == 0);
  Rule rule;
  rule.field = field;
  rule.check = CheckOf(*field, uuid);
  rule.required = annotation.required();
  rule.multiline = annotation.multiline();
  rule.non_negative = annotation.non_negative();
  if (annotation.max_bytes() != 0) {
    rule.max_bytes = annotation.max_bytes();
  } else if (rule.check == Check::kBytes) {
    rule.max_bytes = 0;
  }
  if (annotation.max_items() != 0) rule.max_items = static_cast<int>(annotation.max_items());
  AddConventions(&rule);
  return rule;
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
      Rule rule = MakeRule(type->field(i));
      if (rule.check == Check::kMessage) rule.inside = Build(type->field(i)->message_type());
      plan->rules.push_back(rule);
    }
    std::sort(plan->rules.begin(), plan->rules.end(),
              [](const Rule& a, const Rule& b) { return a.field->number() < b.field->number(); });
    return plan;
  }

  std::mutex mutex_;
  absl::flat_hash_map<const Descriptor*, std::unique_ptr<Plan>> plans_;
};

// As for personal values: each thread remembers the plans it has used.
const Plan& PlanOf(const Descriptor* type) {
  static auto* const plans = new Plans;
  thread_local absl::flat_hash_map<const Descriptor*, const Plan*> known;
  const Plan*& plan = known[type];
  if (plan == nullptr) plan = plans->Find(type);
  return *plan;
}

// Where the walk is; written out as a path only when something is wrong.
struct Place {
  const Place* above = nullptr;
  const FieldDescriptor* field = nullptr;
  int item = -1;

  std::string Path() const {
    std::string path = above == nullptr ? "" : absl::StrCat(above->Path(), ".");
    absl::StrAppend(&path, ToAbsl(field->name()));
    if (item >= 0) absl::StrAppend(&path, "[", item, "]");
    return path;
  }
};

absl::Status Wrong(const Place& place, absl::string_view description) {
  return InvalidField(place.Path(), description);
}

absl::Status CheckText(const Rule& rule, const std::string& text, const Place& place) {
  if (rule.max_bytes != 0 && text.size() > rule.max_bytes) {
    return Wrong(place, absl::StrCat("is ", text.size(), " bytes long; at most ", rule.max_bytes));
  }
  bool visible = false;
  for (size_t at = 0; at < text.size();) {
    uint32_t code = 0;
    const size_t length = DecodeCharacter(text, at, &code);
    if (length == 0) return Wrong(place, absl::StrCat("is not UTF-8 at byte ", at));
    // The separators of lines and paragraphs are layout as well, of a kind that nobody types.
    const bool control =
        code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x2028 || code == 0x2029;
    const bool layout = code == '\n' || code == '\t';
    if (control && !(layout && rule.multiline)) {
      return Wrong(place, absl::StrCat("holds a control character at byte ", at));
    }
    if (IsBidiControl(code)) {
      return Wrong(place, absl::StrCat("holds a character at byte ", at,
                                       " that changes the direction of the text; leave it out"));
    }
    if (IsNoText(code)) {
      return Wrong(place, absl::StrCat("holds a character at byte ", at,
                                       " that is no part of a text; leave it out"));
    }
    visible = visible || !IsInvisible(code);
    at += length;
  }
  if (visible || (text.empty() && !rule.required) || rule.may_be_blank) return absl::OkStatus();
  return Wrong(place, "is blank: it holds nothing that can be seen");
}

absl::Status CheckUuid(const std::string& text, const Place& place) {
  if (text.empty()) return absl::OkStatus();
  const absl::StatusOr<Uuid> id = Uuid::Parse(text);
  if (!id.ok()) {
    return Wrong(place, "is not a UUID in lower case, like 01890a5d-ac96-774b-bcce-b302099a8057");
  }
  if (id->is_nil()) return Wrong(place, "is the nil UUID, which names nothing");
  return absl::OkStatus();
}

absl::Status CheckMoney(const Rule& rule, const type::v1::Money& money, const Place& place) {
  if (money.currency().empty()) {
    return InvalidField(absl::StrCat(place.Path(), ".currency"), "is missing");
  }
  if (!CurrencyDecimals(money.currency()).has_value()) {
    return InvalidField(absl::StrCat(place.Path(), ".currency"),
                        "is not an ISO 4217 code of three capitals, like USD");
  }
  if (!IsWritableAmount(money.minor())) {
    return CheckAmount(absl::StrCat(place.Path(), ".minor"), money.minor());
  }
  if (rule.non_negative && money.minor() < 0) {
    return InvalidField(absl::StrCat(place.Path(), ".minor"),
                        absl::StrCat("is ", money.minor(), "; must not be below zero"));
  }
  return absl::OkStatus();
}

absl::Status CheckEnum(const Rule& rule, int number, const Place& place) {
  if (rule.field->enum_type()->FindValueByNumber(number) != nullptr) return absl::OkStatus();
  return Wrong(place, absl::StrCat("has no value ", number));
}

absl::Status CheckNumber(const Message& message, const Rule& rule, const Place& place) {
  if (!rule.non_negative) return absl::OkStatus();
  const Reflection& reflection = *message.GetReflection();
  int64_t number = 0;
  if (rule.field->cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
    number = reflection.GetInt64(message, rule.field);
  } else if (rule.field->cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
    number = reflection.GetInt32(message, rule.field);
  }
  if (number >= 0) return absl::OkStatus();
  return Wrong(place, absl::StrCat("is ", number, "; must not be below zero"));
}

absl::Status CheckMessage(const Plan& plan, const Message& message, const Place* above);

// What this server does not know it cannot check, seal or carry out, and must not store.
absl::Status CheckAllKnown(const Message& message, const Place* place) {
  if (message.GetReflection()->GetUnknownFields(message).empty()) return absl::OkStatus();
  return InvalidField(place == nullptr ? "request" : place->Path(),
                      "holds a field that this server does not know");
}

absl::Status CheckSubmessage(const Rule& rule, const Message& message, const Place& place) {
  if (rule.check != Check::kMessage) DAYBOOK_RETURN_IF_ERROR(CheckAllKnown(message, &place));
  if (rule.check == Check::kMoney) {
    return CheckMoney(rule, static_cast<const type::v1::Money&>(message), place);
  }
  if (rule.check == Check::kDate) {
    const auto day = FromProto(static_cast<const type::v1::Date&>(message));
    return day.ok() ? absl::OkStatus() : Wrong(place, day.status().message());
  }
  if (rule.check == Check::kInstant) {
    const auto time = FromProto(static_cast<const google::protobuf::Timestamp&>(message));
    return time.ok() ? absl::OkStatus() : Wrong(place, time.status().message());
  }
  return CheckMessage(*rule.inside, message, &place);
}

absl::Status CheckOne(const Message& message, const Rule& rule, const Place& place) {
  const Reflection& reflection = *message.GetReflection();
  std::string scratch;
  switch (rule.check) {
    case Check::kText:
      return CheckText(rule, reflection.GetStringReference(message, rule.field, &scratch), place);
    case Check::kUuid:
      return CheckUuid(reflection.GetStringReference(message, rule.field, &scratch), place);
    case Check::kBytes: {
      const size_t size = reflection.GetStringReference(message, rule.field, &scratch).size();
      if (rule.max_bytes == 0 || size <= rule.max_bytes) return absl::OkStatus();
      return Wrong(place, absl::StrCat("is ", size, " bytes long; at most ", rule.max_bytes));
    }
    case Check::kEnum:
      return CheckEnum(rule, reflection.GetEnumValue(message, rule.field), place);
    case Check::kNumber:
      return CheckNumber(message, rule, place);
    case Check::kBoolean:
      return absl::OkStatus();
    case Check::kMoney:
    case Check::kDate:
    case Check::kInstant:
    case Check::kMessage:
      return CheckSubmessage(rule, reflection.GetMessage(message, rule.field), place);
  }
  return absl::OkStatus();
}

absl::Status CheckItem(const Message& message, const Rule& rule, int item, const Place& place) {
  const Reflection& reflection = *message.GetReflection();
  std::string scratch;
  switch (rule.check) {
    case Check::kText:
      return CheckText(
          rule, reflection.GetRepeatedStringReference(message, rule.field, item, &scratch), place);
    case Check::kUuid:
      return CheckUuid(reflection.GetRepeatedStringReference(message, rule.field, item, &scratch),
                       place);
    case Check::kEnum:
      return CheckEnum(rule, reflection.GetRepeatedEnumValue(message, rule.field, item), place);
    case Check::kBytes:  // bounded by the message
    case Check::kNumber:
    case Check::kBoolean:
      return absl::OkStatus();
    case Check::kMoney:
    case Check::kDate:
    case Check::kInstant:
    case Check::kMessage:
      return CheckSubmessage(rule, reflection.GetRepeatedMessage(message, rule.field, item), place);
  }
  return absl::OkStatus();
}

absl::Status CheckMessage(const Plan& plan, const Message& message, const Place* above) {
  const Reflection& reflection = *message.GetReflection();
  DAYBOOK_RETURN_IF_ERROR(CheckAllKnown(message, above));
  for (const Rule& rule : plan.rules) {
    Place place{above, rule.field, -1};
    if (rule.field->is_repeated()) {
      const int size = reflection.FieldSize(message, rule.field);
      if (rule.required && size == 0) return Wrong(place, "is required");
      if (size > rule.max_items) {
        return Wrong(place, absl::StrCat("has ", size, " elements; at most ", rule.max_items));
      }
      for (place.item = 0; place.item < size; ++place.item) {
        DAYBOOK_RETURN_IF_ERROR(CheckItem(message, rule, place.item, place));
      }
      continue;
    }
    // Without presence a field that has its default counts as absent: an empty text, the zero of an
    // enum.
    if (!reflection.HasField(message, rule.field)) {
      if (!rule.required) continue;
      // The header's own required field is the one to name.
      if (rule.inside == nullptr ||
          ToAbsl(rule.field->message_type()->full_name()) != kHeaderType) {
        return Wrong(place, "is required");
      }
    }
    DAYBOOK_RETURN_IF_ERROR(CheckOne(message, rule, place));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckShape(const Message& request) {
  return CheckMessage(PlanOf(request.GetDescriptor()), request, nullptr);
}

}  // namespace daybook::domain
