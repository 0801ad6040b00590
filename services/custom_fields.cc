#include "services/custom_fields.h"

#include <algorithm>
#include <utility>

#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/fields/custom.h"
#include "domain/record/custom_values.h"

namespace daybook::services {
namespace {

using google::protobuf::Message;
using setup::v1::FieldCatalog;

std::vector<const domain::CustomPart*> PartsOf(absl::string_view record_type) {
  std::vector<const domain::CustomPart*> parts;
  for (const domain::CustomPart& part : domain::CustomParts()) {
    if (part.owner->aggregate() == record_type) parts.push_back(&part);
  }
  return parts;
}

absl::StatusOr<std::shared_ptr<const FieldCatalog>> Parse(const std::string& bytes) {
  auto catalog = std::make_shared<FieldCatalog>();
  if (catalog->ParseFromString(bytes)) return catalog;
  return Reject(rpc::v1::REASON_DATA_LOSS, "the row of a field catalog cannot be read");
}

bool HasRetired(const FieldCatalog& catalog) {
  return std::any_of(catalog.fields().begin(), catalog.fields().end(),
                     [](const auto& definition) { return definition.retired(); });
}

void AddCatalog(std::shared_ptr<const FieldCatalog> catalog, const domain::ObjectType& native,
                ReadType* read) {
  read->type = std::make_shared<domain::ObjectType>(domain::WithCustomFields(native, *catalog));
  for (const domain::Field& field : read->type->fields()) {
    read->computes = read->computes || field.computed;
  }
  read->catalog = std::move(catalog);
}

void Hide(const FieldCatalog& catalog, Message* record) {
  for (const auto& definition : catalog.fields()) {
    if (!definition.retired()) continue;
    domain::EraseCustomValue(definition.name(), domain::MutableCustomValues(record));
  }
}

// Whether the record or one of its parts has custom values at all.
bool HoldsCustom(const domain::ObjectType& type, const Message& record) {
  if (!domain::CustomValuesIn(record).empty()) return true;
  const auto* reflection = record.GetReflection();
  for (const domain::CustomPart& part : domain::CustomParts()) {
    if (part.owner != &type) continue;
    for (int i = 0; i < reflection->FieldSize(record, part.field); ++i) {
      const Message& one = reflection->GetRepeatedMessage(record, part.field, i);
      if (!domain::CustomValuesIn(one).empty()) return true;
    }
  }
  return false;
}

}  // namespace

void HideRetired(const ReadType& read, Message* record) {
  if (!read.hides) return;
  if (read.catalog != nullptr) Hide(*read.catalog, record);
  const auto* reflection = record->GetReflection();
  for (const auto& [field, catalog] : read.parts) {
    for (int i = 0; i < reflection->FieldSize(*record, field); ++i) {
      Hide(*catalog, reflection->MutableRepeatedMessage(record, field, i));
    }
  }
}

std::optional<ReadType> CustomFields::HidingFrom(const Message& record) {
  const domain::ObjectType* type = domain::Registry::Get().FindByDescriptor(record.GetDescriptor());
  if (type == nullptr || !type->takes_custom() || !HoldsCustom(*type, record)) return std::nullopt;
  absl::StatusOr<ReadType> read = Of(type->aggregate());
  // What is recorded is answered, also while definitions cannot be read.
  if (!read.ok() || !read->hides) return std::nullopt;
  return *std::move(read);
}

void CustomFields::HideRetiredIn(Message* record) {
  if (const auto hiding = HidingFrom(*record)) HideRetired(*hiding, record);
}

bool CustomFields::FindKnown(uint16_t type, eventstore::LogPosition at, ReadType* read) {
  std::lock_guard lock(mutex_);
  const auto known = known_.find(type);
  if (known == known_.end() || known->second.at != at) return false;
  *read = known->second.read;
  return true;
}

absl::StatusOr<CustomFields::Rows> CustomFields::ReadRows(absl::string_view record_type) {
  static const domain::ObjectType& catalogs = *domain::Registry::Get().Find("field_catalog");
  std::vector<std::string> names = {std::string(record_type)};
  for (const domain::CustomPart* part : PartsOf(record_type)) names.push_back(part->name);
  const auto snapshot = views_.Now();
  Rows rows;
  for (const std::string& name : names) {
    DAYBOOK_ASSIGN_OR_RETURN(rows.emplace_back(),
                             snapshot->GetSerialized(catalogs, domain::FieldCatalogId(name)));
  }
  return rows;
}

absl::StatusOr<ReadType> CustomFields::Of(absl::string_view record_type) {
  const domain::ObjectType* native = domain::Registry::Get().Find(record_type);
  if (native == nullptr) return ReadType{};
  ReadType read{{native, [](const domain::ObjectType*) {}}};
  if (!native->takes_custom()) return read;
  // Before the snapshot, so that what is found is at least as new.
  const eventstore::LogPosition at = views_.applied();
  if (FindKnown(native->id(), at, &read)) return read;
  DAYBOOK_ASSIGN_OR_RETURN(Rows rows, ReadRows(record_type));
  {
    std::lock_guard lock(mutex_);
    const auto known = known_.find(native->id());
    if (known != known_.end() && known->second.rows == rows) {
      known->second.at = at;
      return known->second.read;
    }
  }
  const auto parts = PartsOf(record_type);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].has_value()) continue;
    DAYBOOK_ASSIGN_OR_RETURN(auto catalog, Parse(*rows[i]));
    read.hides = read.hides || HasRetired(*catalog);
    if (i == 0) {
      AddCatalog(std::move(catalog), *native, &read);
    } else {
      read.parts.emplace_back(parts[i - 1]->field, std::move(catalog));
    }
  }
  std::lock_guard lock(mutex_);
  known_[native->id()] = {at, std::move(rows), read};
  return read;
}

}  // namespace daybook::services
