#include "projections/record_types.h"

#include "absl/container/flat_hash_map.h"
#include "domain/base/strings.h"
#include "domain/fields/personal.h"
#include "domain/registry.h"

namespace daybook::projections {

namespace {

std::vector<RecordType> BuildTypes() {
  std::vector<RecordType> types;
  for (const domain::ObjectType& object : domain::Registry::Get().types()) {
    RecordType type;
    type.aggregate = domain::FindAggregate(object.aggregate());
    DAYBOOK_CHECK(type.aggregate != nullptr && object.id() == types.size() + 1,
                  "object types follow the aggregates");
    type.object = &object;
    type.id_field = object.descriptor()->FindFieldByNumber(1);
    type.personal_record = domain::HasPersonalFields(object.descriptor());
    type.personal_event = domain::HasPersonalFields(type.aggregate->event->GetDescriptor());
    for (const domain::Field& field : object.fields()) {
      if (field.security == domain::Security::kPersonal) type.personal_natively = true;
    }
    for (const domain::Index& index : object.indexes()) {
      (index.personal ? type.personal_indexes : type.indexes).push_back(&index);
    }
    types.push_back(std::move(type));
  }
  return types;
}

}  // namespace

const std::vector<RecordType>& RecordTypes() {
  static const auto* const types = new std::vector<RecordType>(BuildTypes());
  return *types;
}

const RecordType* FindRecordType(absl::string_view aggregate) {
  static const auto* const by_name = [] {
    auto* map = new absl::flat_hash_map<std::string, const RecordType*>;
    for (const RecordType& type : RecordTypes()) (*map)[type.aggregate->name] = &type;
    return map;
  }();
  const auto found = by_name->find(aggregate);
  return found == by_name->end() ? nullptr : found->second;
}

const RecordType& RecordTypeOf(const domain::ObjectType& object) {
  const std::vector<RecordType>& types = RecordTypes();
  DAYBOOK_CHECK(object.id() >= 1 && object.id() <= types.size(), "an object type of the registry");
  return types[object.id() - 1];
}

}  // namespace daybook::projections
