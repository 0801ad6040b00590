#include "cli/events.h"

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "daybook/log/v1/log_service.grpc.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/registry.h"
#include "google/protobuf/util/json_util.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::log::v1;

std::string OneLineJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string out;
  return google::protobuf::util::MessageToJsonString(message, &out, options).ok() ? out : "";
}

std::string Show(const google::protobuf::Timestamp& timestamp) {
  const auto time = FromProto(timestamp);
  return time.ok() ? FormatInstant(*time) : "";
}

std::string Line(const pb::Event& event, const Style& style, Names& names) {
  std::string flags = event.backfilled() ? " backfilled" : "";
  if (event.system()) flags += " system";
  return absl::StrCat(style.Dim(absl::StrFormat("%8d", event.position())), "  ",
                      Show(event.recorded_at()), "  ", style.Cyan(event.type()), "  ",
                      style.Dim(absl::StrCat(event.stream(), "@", event.revision())), "  ",
                      Printable(names.Actor(event.actor())), style.Dim(flags), "\n          ",
                      Printable(PayloadJson(event)), "\n");
}

std::string CsvLine(const pb::Event& event) {
  return absl::StrCat(event.position(), ",", event.stream(), ",", event.revision(), ",",
                      event.type(), ",", Show(event.recorded_at()), ",", Show(event.effective_at()),
                      ",", event.actor(), ",", event.request_id(), ",",
                      CsvField(PayloadJson(event)), "\n");
}

std::string JsonLine(const pb::Event& event) {
  pb::Event envelope = event;
  envelope.clear_payload();
  std::string out = OneLineJson(envelope);
  const std::string payload = PayloadJson(event);
  if (!payload.empty() && out.size() > 2) {
    out.pop_back();
    absl::StrAppend(&out, ",\"payload\":", payload, "}");
  }
  return absl::StrCat(out, "\n");
}

}  // namespace

std::string PayloadJson(const pb::Event& event) {
  for (const auto& aggregate : domain::AllAggregates()) {
    if (event.payload_type() != aggregate.event->GetDescriptor()->full_name()) continue;
    std::unique_ptr<google::protobuf::Message> message(aggregate.event->New());
    return message->ParseFromString(event.payload()) ? OneLineJson(*message) : "";
  }
  return "";
}

absl::Status PrintEvents(App& app, const pb::ReadEventsRequest& request) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  const auto stub = pb::LogService::NewStub(client->channel());
  grpc::ClientContext context;
  client->Authorize(&context);
  const auto reader = stub->ReadEvents(&context, request);
  const Style style(UsesColor(app.options.color, STDOUT_FILENO));
  Names names(*client);
  if (app.options.format == OutputFormat::kCsv) {
    Print("position,stream,revision,type,recorded_at,effective_at,actor,request_id,payload\n");
  }
  pb::ReadEventsResponse batch;
  while (reader->Read(&batch)) {
    std::string out;
    for (const auto& event : batch.events()) {
      switch (app.options.format) {
        case OutputFormat::kTable:
          absl::StrAppend(&out, Line(event, style, names));
          break;
        case OutputFormat::kCsv:
          absl::StrAppend(&out, CsvLine(event));
          break;
        case OutputFormat::kJson:
          absl::StrAppend(&out, JsonLine(event));
          break;
      }
    }
    Print(out);
    std::fflush(stdout);
  }
  return FromGrpc(reader->Finish(), app.options.server);
}

}  // namespace daybook::cli
