#include "domain/record/edit.h"

#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/fields/custom.h"
#include "domain/fields/registry.h"

namespace daybook::domain {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr absl::string_view kMaskField = "update_mask";

absl::Status CheckPath(const ObjectType& type, const std::string& path) {
  if (path == "*") {
    return InvalidField(kMaskField, "'*' is not allowed; name the fields to change");
  }
  if (type.takes_custom()) {
    if (!CustomName(path).empty()) return absl::OkStatus();  // custom_values.h has the rules
    if (path == "custom") {
      return InvalidField(kMaskField, "custom fields are named one by one: custom.<name>");
    }
  }
  const Field* field = type.Find(path);
  if (field == nullptr) {
    return InvalidField(
        kMaskField, absl::StrCat(type.aggregate(), " has no field '", absl::CHexEscape(path), "'"));
  }
  if (field->security == Security::kSystem) {
    return InvalidField(path, "is set by Daybook itself and cannot be written",
                        Reason::REASON_FIELD_NOT_WRITABLE);
  }
  if (field->immutable) {
    return InvalidField(path, "cannot be changed by an update; use the command for it",
                        Reason::REASON_FIELD_NOT_WRITABLE);
  }
  return absl::OkStatus();
}

bool Listed(const google::protobuf::FieldMask& mask, const std::string& path) {
  for (const std::string& listed : mask.paths()) {
    if (listed == path) return true;
  }
  return false;
}

// Calls `use` with the field that a path names, native or custom; not at all when there is none.
template <class Use>
void WithField(const ObjectType& type, const std::string& path, const Use& use) {
  if (type.takes_custom() && !CustomName(path).empty()) {
    return use(BareCustomField(type.descriptor(), CustomName(path)));
  }
  if (const Field* field = type.Find(path)) use(*field);
}

}  // namespace

absl::StatusOr<bool> DiffFields(const Message& current, const Message& wanted,
                                const google::protobuf::FieldMask& mask,
                                google::protobuf::FieldMask* changed, Message* before,
                                Message* after) {
  const ObjectType* type = Registry::Get().FindByDescriptor(current.GetDescriptor());
  DAYBOOK_CHECK(type != nullptr, "only records of registered aggregates are edited");
  DAYBOOK_CHECK(wanted.GetDescriptor() == current.GetDescriptor(), "records of two types");
  if (mask.paths().empty()) {
    return InvalidField(kMaskField, "is required; name the fields to change");
  }
  for (const std::string& path : mask.paths()) DAYBOOK_RETURN_IF_ERROR(CheckPath(*type, path));

  std::unique_ptr<Message> old_value(current.New());
  std::unique_ptr<Message> new_value(current.New());
  for (const std::string& path : mask.paths()) {
    if (Listed(*changed, path)) continue;
    WithField(*type, path, [&](const Field& field) {
      old_value->Clear();
      new_value->Clear();
      CopyField(current, field, old_value.get());
      CopyField(wanted, field, new_value.get());
      if (old_value->SerializeAsString() == new_value->SerializeAsString()) return;
      changed->add_paths(path);
      CopyField(current, field, before);
      CopyField(wanted, field, after);
    });
  }
  return !changed->paths().empty();
}

void ApplyFields(const google::protobuf::FieldMask& fields, const Message& after, Message* record) {
  const ObjectType* type = Registry::Get().FindByDescriptor(record->GetDescriptor());
  DAYBOOK_CHECK(type != nullptr, "only records of registered aggregates are edited");
  for (const std::string& path : fields.paths()) {
    WithField(*type, path, [&](const Field& field) { CopyField(after, field, record); });
  }
}

}  // namespace daybook::domain
