#pragma once

// A disk that fails when it is told to: wraps the file system of the machine for RocksDB.

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace daybook::testing {

// What an operation that fails says.
enum class DiskError { kNoSpace, kIo, kTooManyFiles };

// Thread-safe. Operations that change something are counted: making, writing, syncing, closing,
// renaming and removing files. With kTooManyFiles only those that open a file fail, for reading
// too.
class FailingFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  FailingFileSystem();

  const char* Name() const override { return "FailingFileSystem"; }

  // Fails `times` of the counted operations on paths that contain `part`, after `skip` of them.
  static constexpr int64_t kAlways = INT64_MAX;
  void Fail(DiskError error, const std::string& part = "", int64_t skip = 0,
            int64_t times = kAlways);
  void Heal();
  // Operations that were made to fail since the last Fail.
  int64_t failed() const { return failed_; }
  // Counted operations since the last Fail or Heal, failed or not.
  int64_t counted() const { return counted_; }

  // OK, or the error that is due.
  rocksdb::IOStatus Change(const std::string& path);
  rocksdb::IOStatus OpenToRead(const std::string& path);

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomAccessFile(const std::string& path,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus LinkFile(const std::string& from, const std::string& to,
                             const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override;

 private:
  rocksdb::IOStatus Due(const std::string& path, bool opens, bool changes);

  std::mutex mutex_;
  bool failing_ = false;
  DiskError error_ = DiskError::kIo;
  std::string part_;
  int64_t skip_ = 0;
  int64_t times_ = 0;
  std::atomic<int64_t> failed_ = 0;
  std::atomic<int64_t> counted_ = 0;
};

// An Env over such a disk.
struct FailingDisk {
  std::shared_ptr<FailingFileSystem> files = std::make_shared<FailingFileSystem>();
  std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(files);
};

}  // namespace daybook::testing
