#include "services/engine/decision.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"
#include "domain/fields/shape.h"

namespace daybook::services {

using google::protobuf::Message;
using rpc::v1::CommandHeader;

namespace {

absl::Status CheckExpectedRevision(const CommandHeader& header, const eventstore::StreamId& stream,
                                   eventstore::StreamRevision revision) {
  if (!header.has_expected_revision() || header.expected_revision() == revision) {
    return absl::OkStatus();
  }
  return Reject(rpc::v1::REASON_REVISION_CONFLICT,
                absl::StrCat("the record is at revision ", revision, ", not ",
                             header.expected_revision(), "; read it again and decide anew"),
                {{"stream", stream.ToString()},
                 {"expected", absl::StrCat(header.expected_revision())},
                 {"actual", absl::StrCat(revision)}});
}

DecidedPart* PartOf(const eventstore::StreamId& stream, Decided* decided) {
  for (DecidedPart& part : decided->parts) {
    if (part.stream == stream) return &part;
  }
  return nullptr;
}

// What follows is held to the shape of its request like any command that comes from outside, but
// for the id that a caller would have to choose. A follow-up without a header stays without: that
// is how decisions know it.
absl::Status CheckFollowUp(const Message& follow_up) {
  std::unique_ptr<Message> checked(follow_up.New());
  checked->CopyFrom(follow_up);
  const auto* field = checked->GetDescriptor()->FindFieldByNumber(1);
  auto* header =
      static_cast<CommandHeader*>(checked->GetReflection()->MutableMessage(checked.get(), field));
  // Any: it is not kept.
  static const Uuid kAnyRequest = Uuid::FromBytes(std::string(Uuid::kBytes, '\xff'));
  header->set_request_id(kAnyRequest.ToString());
  return domain::CheckShape(*checked);
}

// On a copy: the state may be in a cache, and among the facts of this very decision.
void Evolve(domain::EventList events, DecidedPart* part) {
  if (events.empty()) return;
  part->changed = part->after->Clone();
  part->after = part->changed;
  for (auto& event : events) {
    part->type->evolve(*part->changed, *event);
    ++part->after_revision;
    ++part->event_count;
    part->events.push_back(std::move(event));
  }
}

}  // namespace

const CommandHeader& HeaderOf(const Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByNumber(1);
  return static_cast<const CommandHeader&>(request.GetReflection()->GetMessage(request, field));
}

std::string IdOf(const Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByNumber(2);
  return request.GetReflection()->GetString(request, field);
}

absl::StatusOr<Decided> DecisionMaker::Decide(const CommandCall& call,
                                              const eventstore::StreamId& stream) {
  DAYBOOK_ASSIGN_OR_RETURN(const domain::Context context, MakeContext(call));
  Decided decided;
  decided.effective_at = context.effective_at;
  std::vector<Command> commands = {{call.command, call.request, stream}};
  for (size_t i = 0; i < commands.size(); ++i) {
    const Command command = commands[i];
    DAYBOOK_RETURN_IF_ERROR(Carry(call, command, context, &decided, &commands));
  }
  return decided;
}

absl::StatusOr<domain::Context> DecisionMaker::MakeContext(const CommandCall& call) {
  const CommandHeader& header = HeaderOf(*call.request);
  const CommandEngine::Settings settings = records_.GetSettings();
  domain::Context context;
  context.now = clock_.Now();
  context.zone = settings.zone;
  context.currency = settings.currency;
  context.actor = call.principal.actor;
  context.secret_prefix = call.secret_prefix;
  context.new_id = [this] { return random_.NewUuid(clock_.Now()).ToString(); };
  context.effective_at = context.now;
  if (!header.has_effective_at()) {
    // Undated in a backfill: the stamp of what comes before it, on its way to the log or there
    // already.
    if (call.backfill) {
      context.effective_at = store_.GetHead().recorded_at;
      if (call.overlay != nullptr) {
        context.effective_at = std::max(context.effective_at, call.overlay->last_stamp());
      }
    }
    return context;
  }
  const auto effective = FromProto(header.effective_at());
  if (!effective.ok()) return InvalidField("header.effective_at", effective.status().message());
  if (*effective > context.now) return InvalidField("header.effective_at", "lies in the future");
  context.effective_at = *effective;
  return context;
}

absl::Status DecisionMaker::Carry(const CommandCall& call, const Command& command,
                                  domain::Context context, Decided* decided,
                                  std::vector<Command>* commands) {
  const Message& request = *command.request;
  DecidedPart* part = PartOf(command.stream, decided);
  if (part == nullptr) {
    DecidedPart fresh;
    fresh.type = command.ref.aggregate;
    fresh.stream = command.stream;
    DAYBOOK_ASSIGN_OR_RETURN(fresh.before,
                             states_.Load(*fresh.type, fresh.stream, call.overlay.get()));
    fresh.after = fresh.before.state;
    fresh.after_revision = fresh.before.revision;
    decided->expectations.push_back({fresh.stream, fresh.before.revision, fresh.before.after});
    decided->parts.push_back(std::move(fresh));
    part = &decided->parts.back();
  }
  const Message* current = part->after_revision == 0 ? nullptr : &part->after->record();
  DAYBOOK_RETURN_IF_ERROR(access_.CheckCommand(call.principal, command.ref, request, current));
  DAYBOOK_RETURN_IF_ERROR(
      CheckExpectedRevision(HeaderOf(request), part->stream, part->after_revision));
  FactCollector facts(states_, records_, call.overlay.get());
  for (const DecidedPart& other : decided->parts) {
    if (other.after_revision > 0) facts.Pin(other.stream, other.after);
  }
  DAYBOOK_RETURN_IF_ERROR(facts.LoadReferences(request));
  if (command.ref.command->gather != nullptr) {
    DAYBOOK_RETURN_IF_ERROR(command.ref.command->gather(*part->after, request, facts));
  }
  context.target_id = command.stream.id.ToString();
  context.facts = &facts.facts();
  DAYBOOK_ASSIGN_OR_RETURN(domain::EventList events,
                           command.ref.command->decide(*part->after, request, context));
  const bool changed = !events.empty();
  Evolve(std::move(events), part);
  for (eventstore::StreamExpectation& read : facts.TakeExpectations()) {
    decided->expectations.push_back(std::move(read));
  }
  return changed ? Follow(command, *part, context, commands) : absl::OkStatus();
}

absl::Status DecisionMaker::Follow(const Command& command, const DecidedPart& part,
                                   const domain::Context& context, std::vector<Command>* commands) {
  if (command.ref.command->follow == nullptr) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(domain::FollowUps requests,
                           command.ref.command->follow(*part.after, *command.request, context));
  for (std::shared_ptr<const Message>& request : requests) {
    Command next;
    next.ref = domain::FindCommand(ToAbsl(request->GetDescriptor()->full_name()));
    DAYBOOK_CHECK(next.ref.command != nullptr, "a follow-up is a command");
    DAYBOOK_ASSIGN_OR_RETURN(const Uuid id, Uuid::Parse(IdOf(*request)));
    next.stream = {next.ref.aggregate->name, id};
    DAYBOOK_RETURN_IF_ERROR(CheckFollowUp(*request));
    next.request = std::move(request);
    commands->push_back(std::move(next));
  }
  if (commands->size() > 1 + kFollowUpsMax) {
    return Reject(rpc::v1::REASON_LIMIT_EXCEEDED,
                  absl::StrCat("more than ", kFollowUpsMax, " changes follow from this command"),
                  {{"limit", absl::StrCat(kFollowUpsMax)}});
  }
  return absl::OkStatus();
}

}  // namespace daybook::services
