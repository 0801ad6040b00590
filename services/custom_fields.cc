#include "services/custom_fields.h"

#include <utility>

#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/fields/custom.h"
#include "domain/record/custom_values.h"

namespace daybook::services {
namespace {

absl::StatusOr<ReadType> Parse(const domain::ObjectType& native, const std::string& bytes) {
  auto catalog = std::make_shared<setup::v1::FieldCatalog>();
  if (!catalog->ParseFromString(bytes)) {
    return Reject(rpc::v1::REASON_DATA_LOSS, "the row of a field catalog cannot be read");
  }
  ReadType read;
  read.type = std::make_shared<domain::ObjectType>(domain::WithCustomFields(native, *catalog));
  for (const domain::Field& field : read.type->fields()) {
    read.computes = read.computes || field.computed;
  }
  for (const auto& definition : catalog->fields()) {
    read.hides = read.hides || definition.retired();
  }
  read.catalog = std::move(catalog);
  return read;
}

}  // namespace

absl::StatusOr<ReadType> CustomFields::Of(absl::string_view record_type) {
  static const domain::ObjectType& catalogs = *domain::Registry::Get().Find("field_catalog");
  const domain::ObjectType* native = domain::Registry::Get().Find(record_type);
  if (native == nullptr) return ReadType{};
  const ReadType bare{{native, [](const domain::ObjectType*) {}}};
  if (!native->takes_custom()) return bare;
  DAYBOOK_ASSIGN_OR_RETURN(
      std::optional<std::string> bytes,
      views_.Now()->GetSerialized(catalogs, domain::FieldCatalogId(record_type)));
  if (!bytes.has_value()) return bare;
  {
    std::lock_guard lock(mutex_);
    const auto known = known_.find(native->id());
    if (known != known_.end() && known->second.bytes == *bytes) return known->second.read;
  }
  DAYBOOK_ASSIGN_OR_RETURN(ReadType read, Parse(*native, *bytes));
  std::lock_guard lock(mutex_);
  known_[native->id()] = {*std::move(bytes), read};
  return read;
}

}  // namespace daybook::services
