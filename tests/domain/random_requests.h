#pragma once

// Requests at random, as RapidCheck draws them: so that histories of every aggregate come about.

#include "google/protobuf/message.h"

namespace daybook::testing {

// A number from 0 to `count` - 1.
int Choose(int count);

// Any request: fields are left out, wrong or right by chance. Ids that requests name are the record
// itself (1), others that exist (2 to 4 and 6) and one that does not (5). `resource` is what an
// update mask speaks of.
void FillRandom(google::protobuf::Message* message, const google::protobuf::Message* resource);

}  // namespace daybook::testing
