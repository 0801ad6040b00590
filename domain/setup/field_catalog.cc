#include "domain/setup/field_catalog.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/fields/custom.h"
#include "domain/record/rules.h"
#include "domain/registry.h"
#include "domain/setup/field_rules.h"

namespace daybook::domain {

namespace pb = ::daybook::setup::v1;

namespace {

pb::FieldDefinition* FindIn(absl::string_view name, pb::FieldCatalog* catalog) {
  for (pb::FieldDefinition& definition : *catalog->mutable_fields()) {
    if (ToAbsl(definition.name()) == name) return &definition;
  }
  return nullptr;
}

const pb::FieldDefinition* FindIn(absl::string_view name, const pb::FieldCatalog& catalog) {
  return FindIn(name, const_cast<pb::FieldCatalog*>(&catalog));
}

bool IsComputed(const pb::FieldDefinition& definition) {
  return definition.computed_case() != pb::FieldDefinition::COMPUTED_NOT_SET;
}

// Whether records of the type are persons: some personal field has no other person than the record.
bool ArePersons(const ObjectType& type) {
  for (const Field& field : type.fields()) {
    if (field.custom.empty() && field.security == Security::kPersonal &&
        field.subject_field.empty()) {
      return true;
    }
  }
  return false;
}

// What fields are defined for: a type of record, or a part of its records.
struct FieldOwner {
  const ObjectType* type = nullptr;
  bool part = false;
};

// INVALID_FIELD: the type is unknown or takes no custom fields; the id is not its catalog's.
absl::StatusOr<FieldOwner> FindOwner(absl::string_view record_type, const Context& context) {
  FieldOwner owner{Registry::Get().Find(record_type)};
  if (const CustomPart* part = FindCustomPart(record_type)) owner = {part->owner, true};
  if (owner.type == nullptr || (!owner.part && !owner.type->takes_custom())) {
    return InvalidField("record_type", absl::StrCat("'", record_type, "' takes no custom fields"));
  }
  if (context.target_id != FieldCatalogId(record_type)) {
    return InvalidField("id",
                        absl::StrCat("is not the catalog of ", record_type, "; leave it out"));
  }
  return owner;
}

absl::Status CheckMaxBytes(const pb::FieldDefinition& definition, const FieldOwner& owner) {
  const bool text = definition.kind() == pb::CUSTOM_FIELD_KIND_TEXT;
  const bool note = definition.kind() == pb::CUSTOM_FIELD_KIND_NOTE;
  const uint32_t texts = owner.part ? kCustomPartTextBytesMax : kCustomTextBytesMax;
  const uint32_t most = text ? texts : (note ? kCustomNoteBytesMax : 0);
  if (definition.max_bytes() <= most) return absl::OkStatus();
  return InvalidField("definition.max_bytes", absl::StrCat("at most ", most, " for this kind"));
}

absl::Status CheckRange(const pb::FieldDefinition& definition) {
  const bool number = definition.kind() == pb::CUSTOM_FIELD_KIND_INTEGER ||
                      definition.kind() == pb::CUSTOM_FIELD_KIND_DECIMAL ||
                      definition.kind() == pb::CUSTOM_FIELD_KIND_MONEY;
  if (!number && (definition.has_min() || definition.has_max())) {
    return InvalidField("definition.min", "min and max are for numbers and amounts");
  }
  if (definition.has_min() && definition.has_max() && definition.min() > definition.max()) {
    return InvalidField("definition.min", "is above max");
  }
  return absl::OkStatus();
}

absl::Status CheckChoices(const pb::FieldDefinition& definition) {
  const bool choice = definition.kind() == pb::CUSTOM_FIELD_KIND_CHOICE;
  if (choice == definition.choices().empty()) {
    return InvalidField("definition.choices", "are needed for the kind CHOICE, and only there");
  }
  std::set<std::string> codes;
  for (const pb::FieldChoice& one : definition.choices()) {
    if (!IsStableName(one.code())) {
      return InvalidField("definition.choices",
                          absl::StrCat("'", one.code(), "' must be 1 to ", kStableNameBytesMax,
                                       " small letters, digits or underscores"));
    }
    if (!codes.insert(one.code()).second) {
      return InvalidField("definition.choices", absl::StrCat(one.code(), " stands twice"));
    }
  }
  return absl::OkStatus();
}

// Both are about texts of whole records.
absl::Status CheckTextOnly(const pb::FieldDefinition& definition, const FieldOwner& owner) {
  const bool text = definition.kind() == pb::CUSTOM_FIELD_KIND_TEXT && !owner.part;
  if (definition.personal() && (!text || !ArePersons(*owner.type))) {
    return InvalidField("definition.personal",
                        "only fields of kind TEXT are personal, and only where the records are "
                        "persons");
  }
  if (definition.unique() && (!text || definition.personal())) {
    return InvalidField("definition.unique",
                        "only fields of kind TEXT are unique, no personal ones and none of parts "
                        "of records");
  }
  return absl::OkStatus();
}

absl::Status CheckCovering(const pb::FieldDefinition& definition, const FieldOwner& owner) {
  if (!definition.covering()) return absl::OkStatus();
  if (owner.part || definition.personal() || definition.kind() == pb::CUSTOM_FIELD_KIND_NOTE) {
    return InvalidField("definition.covering",
                        "notes, personal fields and those of parts of records have no index that "
                        "could hold records");
  }
  return absl::OkStatus();
}

absl::Status CheckStored(const pb::FieldDefinition& definition, const FieldOwner& owner) {
  if (definition.kind() == pb::CUSTOM_FIELD_KIND_UNSPECIFIED) {
    return InvalidField("definition.kind", "is missing");
  }
  if (owner.part && definition.kind() == pb::CUSTOM_FIELD_KIND_NOTE) {
    return InvalidField("definition.kind", "parts of records have no notes, which may be long");
  }
  const bool refers = definition.kind() == pb::CUSTOM_FIELD_KIND_REFERENCE;
  if (refers != !definition.lookup().empty() ||
      (refers && FindAggregate(definition.lookup()) == nullptr)) {
    return InvalidField("definition.lookup",
                        "a record type is needed for the kind REFERENCE, and only there");
  }
  DAYBOOK_RETURN_IF_ERROR(CheckTextOnly(definition, owner));
  DAYBOOK_RETURN_IF_ERROR(CheckCovering(definition, owner));
  DAYBOOK_RETURN_IF_ERROR(CheckMaxBytes(definition, owner));
  DAYBOOK_RETURN_IF_ERROR(CheckRange(definition));
  return CheckChoices(definition);
}

// Binds the rule and sets the kind that follows from it.
absl::Status CheckComputed(absl::string_view record_type, const Context& context,
                           pb::FieldDefinition* definition) {
  const pb::FieldDefinition& d = *definition;
  if (d.personal() || d.unique() || d.covering() || d.required() || d.max_bytes() != 0 ||
      d.has_min() || d.has_max() || !d.choices().empty() || !d.lookup().empty()) {
    return InvalidField("definition", "a computed field has a label and a rule, nothing else");
  }
  const auto types = [&](absl::string_view name) -> std::shared_ptr<const ObjectType> {
    const ObjectType* native = Registry::Get().Find(name);
    if (native == nullptr) return nullptr;
    const auto* catalog = context.facts == nullptr ? nullptr
                                                   : context.facts->Get<pb::FieldCatalog>(
                                                         FieldCatalog::kName, FieldCatalogId(name));
    if (catalog == nullptr) return {native, [](const ObjectType*) {}};
    return std::make_shared<ObjectType>(WithCustomFields(*native, *catalog));
  };
  DAYBOOK_ASSIGN_OR_RETURN(const BoundRule rule, BindRule(d, record_type, types, context.currency));
  if (d.kind() != pb::CUSTOM_FIELD_KIND_UNSPECIFIED && d.kind() != rule.kind) {
    return InvalidField(
        "definition.kind",
        absl::StrCat("values of this rule are of the kind ", pb::CustomFieldKind_Name(rule.kind),
                     "; of a new field leave it out, of others it cannot change"));
  }
  definition->set_kind(rule.kind);
  if (rule.kind == pb::CUSTOM_FIELD_KIND_REFERENCE) definition->set_lookup(rule.source->lookup);
  return absl::OkStatus();
}

absl::Status CheckDefinition(const FieldOwner& owner, const Context& context,
                             pb::FieldDefinition* definition) {
  if (!IsComputed(*definition)) return CheckStored(*definition, owner);
  if (!owner.part) return CheckComputed(owner.type->aggregate(), context, definition);
  return InvalidField("definition", "parts of records have no computed fields");
}

absl::Status NoSuchField(absl::string_view record_type, absl::string_view name) {
  return Reject(Reason::REASON_NOT_FOUND,
                absl::StrCat(record_type, " has no custom field '", name, "'"),
                {{"record_type", record_type}, {"field", name}});
}

// The masked parts of `wanted` over `current`.
absl::Status Merge(const pb::FieldDefinition& wanted, const google::protobuf::FieldMask& mask,
                   pb::FieldDefinition* current) {
  static const auto* const kParts =
      new std::set<std::string>{"label", "description", "required",    "max_bytes",  "min",
                                "max",   "choices",     "lookup_rule", "rollup_rule"};
  if (mask.paths().empty()) return InvalidField("update_mask", "is required");
  for (const std::string& path : mask.paths()) {
    if (!kParts->contains(path)) {
      return InvalidField("update_mask", absl::StrCat("'", path, "' of a field cannot be changed"),
                          Reason::REASON_FIELD_NOT_WRITABLE);
    }
    const auto* field = pb::FieldDefinition::descriptor()->FindFieldByName(path);
    if (field->real_containing_oneof() != nullptr &&
        (!wanted.GetReflection()->HasField(wanted, field) ||
         !current->GetReflection()->HasField(*current, field))) {
      return InvalidField("update_mask", "a lookup stays a lookup and a rollup a rollup",
                          Reason::REASON_FIELD_NOT_WRITABLE);
    }
    pb::FieldDefinition part(wanted);
    part.GetReflection()->SwapFields(&part, current, {field});
  }
  return absl::OkStatus();
}

absl::Status KeepsChoices(const pb::FieldDefinition& before, const pb::FieldDefinition& after) {
  std::set<std::string> codes;
  for (const pb::FieldChoice& choice : after.choices()) codes.insert(choice.code());
  for (const pb::FieldChoice& choice : before.choices()) {
    if (codes.contains(choice.code())) continue;
    return InvalidField("definition.choices",
                        absl::StrCat(choice.code(), " may stand on records: retire it instead"));
  }
  return absl::OkStatus();
}

// The catalogs that the rule of a definition may name fields of.
absl::Status LoadCatalogs(absl::string_view record_type, const pb::FieldDefinition& definition,
                          FactLoader& loader) {
  if (!IsComputed(definition)) return absl::OkStatus();
  const ObjectType* native = Registry::Get().Find(record_type);
  if (native == nullptr) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const auto* own,
                           loader.Load(FieldCatalog::kName, FieldCatalogId(record_type)));
  const auto* catalog = static_cast<const pb::FieldCatalog*>(own);
  const std::string related = catalog == nullptr
                                  ? RelatedTypeOf(definition, *native)
                                  : RelatedTypeOf(definition, WithCustomFields(*native, *catalog));
  if (related.empty() || related == record_type) return absl::OkStatus();
  return loader.Load(FieldCatalog::kName, FieldCatalogId(related)).status();
}

}  // namespace

void FieldCatalog::Evolve(State& state, const Event& event) {
  switch (event.kind_case()) {
    case Event::kFieldDefined:
      state.record.set_id(event.field_defined().id());
      state.record.set_record_type(event.field_defined().record_type());
      *state.record.add_fields() = event.field_defined().definition();
      return;
    case Event::kFieldRevised: {
      const pb::FieldDefinition& after = event.field_revised().after();
      if (auto* field = FindIn(after.name(), &state.record)) *field = after;
      return;
    }
    case Event::kFieldRetired:
      if (auto* field = FindIn(event.field_retired().name(), &state.record)) {
        field->set_retired(true);
        field->set_version(field->version() + 1);
      }
      return;
    case Event::kFieldReactivated:
      if (auto* field = FindIn(event.field_reactivated().name(), &state.record)) {
        field->set_retired(false);
        field->set_version(field->version() + 1);
      }
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

// The id is the record type's: one stream, so nothing else is unique.
std::vector<Claim> FieldCatalog::Claims(const State& state) { return {}; }

std::string FieldCatalog::Target(const pb::DefineFieldRequest& request) {
  return FieldCatalogId(request.record_type());
}
std::string FieldCatalog::Target(const pb::ReviseFieldRequest& request) {
  return FieldCatalogId(request.record_type());
}
std::string FieldCatalog::Target(const pb::RetireFieldRequest& request) {
  return FieldCatalogId(request.record_type());
}
std::string FieldCatalog::Target(const pb::ReactivateFieldRequest& request) {
  return FieldCatalogId(request.record_type());
}

absl::Status FieldCatalog::Gather(const State& state, const pb::DefineFieldRequest& request,
                                  FactLoader& loader) {
  return LoadCatalogs(request.record_type(), request.definition(), loader);
}

absl::Status FieldCatalog::Gather(const State& state, const pb::ReviseFieldRequest& request,
                                  FactLoader& loader) {
  const pb::FieldDefinition* before = FindIn(request.definition().name(), state.record);
  if (before == nullptr) return absl::OkStatus();
  pb::FieldDefinition after = *before;
  // Decide will refuse what cannot be merged.
  if (!Merge(request.definition(), request.update_mask(), &after).ok()) return absl::OkStatus();
  return LoadCatalogs(request.record_type(), after, loader);
}

// INVALID_FIELD: record type, id, name, everything a definition may not say. DUPLICATE_KEY: the
// name is or was in use. LIMIT_EXCEEDED.
FieldCatalog::Result FieldCatalog::Decide(const State& state, const pb::DefineFieldRequest& request,
                                          const Context& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const FieldOwner owner, FindOwner(request.record_type(), context));
  pb::FieldDefinition definition = request.definition();
  if (!IsStableName(definition.name())) {
    return InvalidField("definition.name",
                        absl::StrCat("'", definition.name(), "' must be 1 to ", kStableNameBytesMax,
                                     " small letters, digits or underscores"));
  }
  if (FindIn(definition.name(), state.record) != nullptr) {
    return Reject(Reason::REASON_DUPLICATE_KEY,
                  absl::StrCat("the name '", definition.name(), "' is taken, for ever"),
                  {{"field", "definition.name"}});
  }
  const int most = owner.part ? kCustomPartFieldsMax : kCustomFieldsMax;
  if (state.record.fields_size() >= most) {
    return LimitExceeded("fields", most, state.record.fields_size() + 1);
  }
  const auto covering =
      std::count_if(state.record.fields().begin(), state.record.fields().end(),
                    [](const pb::FieldDefinition& field) { return field.covering(); });
  if (definition.covering() && covering >= kCoveringFieldsMax) {
    return LimitExceeded("definition.covering", kCoveringFieldsMax, covering + 1);
  }
  DAYBOOK_RETURN_IF_ERROR(CheckDefinition(owner, context, &definition));
  if (definition.max_bytes() == 0)
    definition.clear_max_bytes();  // 0 stands for no bound of its own
  definition.set_retired(false);
  definition.set_version(1);
  Decision<Event> decision;
  pb::FieldCatalogFieldDefined& defined = *decision.Add().mutable_field_defined();
  defined.set_id(context.target_id);
  defined.set_record_type(request.record_type());
  *defined.mutable_definition() = std::move(definition);
  return decision;
}

// INVALID_FIELD as for definitions, choices left out. NOT_FOUND: the field. FIELD_NOT_WRITABLE:
// name, kind, personal, lookup. Nothing when it is so already.
FieldCatalog::Result FieldCatalog::Decide(const State& state, const pb::ReviseFieldRequest& request,
                                          const Context& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const FieldOwner owner, FindOwner(request.record_type(), context));
  const std::string& name = request.definition().name();
  const pb::FieldDefinition* before = FindIn(name, state.record);
  if (before == nullptr) return NoSuchField(request.record_type(), name);
  pb::FieldDefinition after = *before;
  DAYBOOK_RETURN_IF_ERROR(Merge(request.definition(), request.update_mask(), &after));
  if (after.max_bytes() == 0) after.clear_max_bytes();  // 0 stands for no bound of its own
  if (after.SerializeAsString() == before->SerializeAsString()) return Nothing<Event>();
  DAYBOOK_RETURN_IF_ERROR(KeepsChoices(*before, after));
  // What a reference of a rule refers to follows from the rule; the kind of values must not change.
  if (IsComputed(after)) after.clear_lookup();
  DAYBOOK_RETURN_IF_ERROR(CheckDefinition(owner, context, &after));
  after.set_version(before->version() + 1);
  Decision<Event> decision;
  pb::FieldCatalogFieldRevised& revised = *decision.Add().mutable_field_revised();
  *revised.mutable_before() = *before;
  *revised.mutable_after() = std::move(after);
  return decision;
}

// INVALID_FIELD: record type, id. NOT_FOUND: the field. Nothing when it is retired.
FieldCatalog::Result FieldCatalog::Decide(const State& state, const pb::RetireFieldRequest& request,
                                          const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(FindOwner(request.record_type(), context).status());
  const pb::FieldDefinition* field = FindIn(request.name(), state.record);
  if (field == nullptr) return NoSuchField(request.record_type(), request.name());
  if (field->retired()) return Nothing<Event>();
  Decision<Event> decision;
  decision.Add().mutable_field_retired()->set_name(request.name());
  return decision;
}

// INVALID_FIELD: record type, id. NOT_FOUND: the field. Nothing when it is in use.
FieldCatalog::Result FieldCatalog::Decide(const State& state,
                                          const pb::ReactivateFieldRequest& request,
                                          const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(FindOwner(request.record_type(), context).status());
  const pb::FieldDefinition* field = FindIn(request.name(), state.record);
  if (field == nullptr) return NoSuchField(request.record_type(), request.name());
  if (!field->retired()) return Nothing<Event>();
  Decision<Event> decision;
  decision.Add().mutable_field_reactivated()->set_name(request.name());
  return decision;
}

}  // namespace daybook::domain
