#include "services/engine/schema_set.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "daybook/setup/v1/schema_set.pb.h"
#include "daybook/setup/v1/schema_set_service.pb.h"
#include "domain/base/check.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "eventstore/key_store.h"
#include "google/protobuf/descriptor.pb.h"
#include "services/engine/deterministic.h"

namespace daybook::services {
namespace {

using google::protobuf::FileDescriptor;

void Collect(const FileDescriptor* file, std::map<std::string, const FileDescriptor*>* files) {
  if (!(*files).emplace(file->name(), file).second) return;
  for (int i = 0; i < file->dependency_count(); ++i) Collect(file->dependency(i), files);
}

}  // namespace

eventstore::Hash EventSchemaHash() {
  std::map<std::string, const FileDescriptor*> files;
  for (const auto& type : domain::AllAggregates()) {
    Collect(type.event->GetDescriptor()->file(), &files);
  }
  std::string all;
  for (const auto& [name, file] : files) {
    google::protobuf::FileDescriptorProto proto;
    file->CopyTo(&proto);
    const std::string bytes = SerializeDeterministic(proto);
    AppendU32(&all, static_cast<uint32_t>(bytes.size()));
    all += bytes;
  }
  return eventstore::Sha256(all);
}

absl::Status EnsureSchemaSet(CommandEngine& engine, Clock& clock, Random& random,
                             absl::string_view release) {
  const eventstore::Hash hash = EventSchemaHash();
  const std::string hash_bytes(reinterpret_cast<const char*>(hash.data()), hash.size());
  uint32_t latest = 0;
  bool current = false;
  DAYBOOK_ASSIGN_OR_RETURN(const auto ids, engine.RecordIds("schema_set"));
  for (const std::string& id : ids) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto record, engine.LoadRecord("schema_set", id));
    DAYBOOK_CHECK(record != nullptr, "a schema set without events");
    const auto& set = static_cast<const setup::v1::SchemaSet&>(*record);
    if (set.number() <= latest) continue;
    latest = set.number();
    current = set.hash() == hash_bytes;
  }
  if (current) {
    engine.SetSchemaSet(latest);
    return absl::OkStatus();
  }
  auto request = std::make_shared<setup::v1::IntroduceSchemaSetRequest>();
  request->mutable_header()->set_request_id(random.NewUuid(clock.Now()).ToString());
  request->set_number(latest + 1);
  request->set_hash(hash_bytes);
  request->set_release(std::string(release));
  engine.SetSchemaSet(latest + 1);
  CommandCall call;
  call.principal.role = Principal::Role::kSystem;
  call.command = domain::FindCommand(ToAbsl(request->GetDescriptor()->full_name()));
  call.request = request;
  return engine.ExecuteAndWait(std::move(call)).status();
}

}  // namespace daybook::services
