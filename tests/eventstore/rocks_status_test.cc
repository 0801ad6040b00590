#include "eventstore/rocks_status.h"

#include "domain/base/error.h"
#include "gtest/gtest.h"

namespace daybook::eventstore {
namespace {

using rocksdb::Status;

struct Row {
  const char* name;
  Status status;
  Reason reason;
  bool recover;
};

TEST(FromRocksTest, OnlyWrongBytesAreProvenCorruption) {
  const Row rows[] = {
      {"torn write-ahead log", Status::Corruption("checksum mismatch"), Reason::REASON_DATA_LOSS,
       true},
      {"missing table",
       Status::Corruption("Can't access /000012.sst: IO error: No such file or directory"),
       Reason::REASON_DATA_LOSS, false},
      {"missing manifest", Status::PathNotFound("MANIFEST-000001"), Reason::REASON_DATA_LOSS,
       false},
      {"no database", Status::InvalidArgument("does not exist (create_if_missing is false)"),
       Reason::REASON_DATA_LOSS, false},
      {"held by another process",
       Status::IOError("While lock file: log/LOCK: Resource temporarily unavailable"),
       Reason::REASON_DATA_DIRECTORY, false},
      {"mode 000", Status::IOError("While open a file: log/CURRENT: Permission denied"),
       Reason::REASON_DATA_DIRECTORY, false},
      {"table of mode 000",
       Status::Corruption("Can't open 000012.sst: IO error: Permission denied"),
       Reason::REASON_DATA_DIRECTORY, false},
      {"too many open files", Status::IOError("While open a file: 000012.sst: Too many open files"),
       Reason::REASON_DATA_DIRECTORY, false},
      {"too many open files while options are read",
       Status::InvalidArgument(
           "Found options incompatible with filesystem: IO error: CURRENT: Too many open files"),
       Reason::REASON_DATA_DIRECTORY, false},
      {"failing disk", Status::IOError("While pread: 000012.sst: Input/output error"),
       Reason::REASON_DATA_DIRECTORY, false},
      {"busy", Status::Busy(), Reason::REASON_DATA_DIRECTORY, false},
      {"full disk", Status::NoSpace(), Reason::REASON_DISK_FULL, false},
  };
  for (const Row& row : rows) {
    const absl::Status status = FromRocks(row.status, "opening the log");
    EXPECT_EQ(ReasonOf(status), row.reason) << row.name << ": " << status;
    EXPECT_EQ(IsProvenCorruption(status), row.recover) << row.name;
  }
  EXPECT_TRUE(FromRocks(Status::OK(), "opening the log").ok());
}

}  // namespace
}  // namespace daybook::eventstore
