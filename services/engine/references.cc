#include "services/engine/references.h"

#include <mutex>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "daybook/options/v1/field_options.pb.h"
#include "domain/base/strings.h"

namespace daybook::services {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const std::string& LookupOf(const FieldDescriptor& field) {
  return field.options().GetExtension(options::v1::field).lookup();
}

// Whether a message type can hold references, with the fields to look at.
struct Plan {
  std::vector<const FieldDescriptor*> fields;
};

bool Holds(const Descriptor* type, int depth, Plan* plan);

bool Relevant(const FieldDescriptor* field, int depth) {
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) return !LookupOf(*field).empty();
  if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return false;
  Plan unused;
  return Holds(field->message_type(), depth + 1, &unused);
}

bool Holds(const Descriptor* type, int depth, Plan* plan) {
  if (depth > 8) return false;  // no request nests deeper
  for (int i = 0; i < type->field_count(); ++i) {
    if (Relevant(type->field(i), depth)) plan->fields.push_back(type->field(i));
  }
  return !plan->fields.empty();
}

const Plan& PlanOf(const Descriptor* type) {
  static std::mutex mutex;
  static auto& plans = *new absl::flat_hash_map<const Descriptor*, std::unique_ptr<Plan>>();
  std::lock_guard lock(mutex);
  auto& plan = plans[type];
  if (plan == nullptr) {
    plan = std::make_unique<Plan>();
    Holds(type, 0, plan.get());
  }
  return *plan;
}

void Collect(const Message& message, absl::string_view prefix, std::vector<Reference>* out) {
  const Plan& plan = PlanOf(message.GetDescriptor());
  const auto* reflection = message.GetReflection();
  for (const FieldDescriptor* field : plan.fields) {
    const std::string path = absl::StrCat(prefix, ToAbsl(field->name()));
    const bool text = field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
    if (field->is_repeated()) {
      for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
        const std::string item = absl::StrCat(path, "[", i, "]");
        if (text) {
          out->push_back(
              {item, LookupOf(*field), reflection->GetRepeatedString(message, field, i)});
        } else {
          Collect(reflection->GetRepeatedMessage(message, field, i), absl::StrCat(item, "."), out);
        }
      }
      continue;
    }
    if (text) {
      std::string scratch;
      const std::string& id = reflection->GetStringReference(message, field, &scratch);
      if (!id.empty()) out->push_back({path, LookupOf(*field), id});
    } else if (reflection->HasField(message, field)) {
      Collect(reflection->GetMessage(message, field), absl::StrCat(path, "."), out);
    }
  }
}

}  // namespace

std::vector<Reference> ReferencesOf(const Message& request) {
  std::vector<Reference> references;
  Collect(request, "", &references);
  return references;
}

}  // namespace daybook::services
