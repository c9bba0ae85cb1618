// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import dev.howdah.backup.WorkerFailure;
import dev.howdah.backup.catalog.BackupSummary;
import dev.howdah.objectstore.ObjectStore;
import dev.howdah.objectstore.PutOptions;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Copies the files of a backup into tars, several at once. Barman reads a folder's main tar and
/// then its numbered parts, each complete in itself; so do we, and can write and read them side by
/// side whatever their compression.
final class Copy {
  static final int PART_BYTES = 5 << 20;
  static final int BUFFERS_PER_JOB = 2;
  static final int MORE_BUFFERS = 2;

  private final ObjectStore store;
  private final BaseBackup.Request request;
  private final String folder;
  private final Damage damage;
  private final @Nullable Parent parent;
  private final FileSums sums = new FileSums();
  private final PartBuffers buffers;
  private final PutOptions options;
  private final AtomicLong raw = new AtomicLong();
  private final TreeMap<String, Long> objects = new TreeMap<>();
  private long total;

  /// @param folder of the backup, with its slash
  Copy(
      ObjectStore store,
      BaseBackup.Request request,
      String folder,
      Damage damage,
      @Nullable Parent parent)
      throws IOException {
    this.parent = parent;
    this.store = store;
    this.request = request;
    this.folder = folder;
    this.damage = damage;
    this.buffers = new PartBuffers(BUFFERS_PER_JOB * request.jobs() + MORE_BUFFERS, PART_BYTES);
    this.options = new PutOptions(false, request.encryption(), request.tags());
  }

  FileSums sums() {
    return sums;
  }

  BackupSummary summary() {
    synchronized (objects) {
      return new BackupSummary(
          raw.get(),
          objects.values().stream().mapToLong(Long::longValue).sum(),
          sums.files(),
          damage.checkedPages(),
          damage.count(),
          damage.pages(),
          objects);
    }
  }

  private void read(long bytes) {
    raw.addAndGet(bytes);
    request.progress().read(bytes, total);
  }

  /// Copies everything but what ends a backup, which the caller adds to what is returned.
  Data begin(BackupSession.Server server) throws IOException {
    var root = request.dataDirectory().toRealPath();
    var data = Inventory.ofDataDirectory(root, request.jobs());
    var jobs = new ArrayList<Tar>();
    total = data.bytes();
    for (var tablespace : server.tablespaces()) {
      var inventory =
          Inventory.ofTablespace(Path.of(tablespace.location()), tablespace.oid(), request.jobs());
      total += inventory.bytes();
      var name = Long.toString(tablespace.oid());
      jobs.add(new Tar(name, inventory.folders(), inventory.small()));
      addParts(jobs, name, inventory.parts());
    }
    addParts(jobs, "data", data.parts());
    var main = new OpenTar("data");
    try (var workers =
        Executors.newFixedThreadPool(
            request.jobs(), Thread.ofPlatform().daemon().name("backup-", 0).factory())) {
      try {
        var running = new ExecutorCompletionService<Tar>(workers);
        jobs.forEach(tar -> running.submit(() -> copy(tar)));
        main.add(data.folders(), data.small());
        await(running, jobs.size());
      } catch (IOException | RuntimeException | Error e) {
        workers.shutdownNow();
        main.close();
        throw e;
      }
    }
    return new Data(main, root);
  }

  private static void addParts(List<Tar> jobs, String name, List<List<Inventory.Entry>> parts) {
    for (int i = 0; i < parts.size(); i++) {
      jobs.add(new Tar("%s_%04d".formatted(name, i + 1), List.of(), parts.get(i)));
    }
  }

  private record Tar(String name, List<Inventory.Entry> folders, List<Inventory.Entry> files) {}

  private Tar copy(Tar tar) throws IOException {
    try (var open = new OpenTar(tar.name)) {
      open.add(tar.folders, tar.files);
      open.complete();
    }
    return tar;
  }

  /// Waits for them in the order of their ends, so that the first failure ends all.
  private static void await(CompletionService<Tar> running, int count) throws IOException {
    try {
      for (int i = 0; i < count; i++) {
        running.take().get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("cancelled");
    } catch (ExecutionException e) {
      throw WorkerFailure.of(e);
    }
  }

  /// A tar on its way through compression into an object.
  private final class OpenTar implements AutoCloseable {
    private final TarStream tar;
    private final PartSink sink;

    OpenTar(String name) throws IOException {
      var key = folder + name + ".tar" + request.compression().extension();
      this.sink = new PartSink(store, key, options, buffers);
      // closing the tar must not close the sink: what is not completed is given up
      var open = new Unclosed(sink);
      this.tar =
          new TarStream(
              request.compression().compress(open, -1), sums, damage, Copy.this::read, parent);
    }

    void add(List<Inventory.Entry> folders, List<Inventory.Entry> files) throws IOException {
      for (var entry : folders) {
        tar.folder(entry);
      }
      for (var entry : files) {
        tar.file(entry.file(), entry.name(), entry.path());
      }
    }

    void complete() throws IOException {
      tar.close();
      sink.complete();
      synchronized (objects) {
        objects.put(sink.key().substring(folder.length()), sink.written());
      }
    }

    @Override
    public void close() {
      sink.close();
      try {
        tar.close(); // frees the compressor; the sink takes nothing any more
      } catch (IOException e) {
        // an unfinished tar: that is why it is given up
      }
    }
  }

  /// The main tar of the data directory, which stays open until the server has ended the backup.
  static final class Data implements AutoCloseable {
    private final OpenTar main;
    private final Path root;

    private Data(OpenTar main, Path root) {
      this.main = main;
      this.root = root;
    }

    void addControlFile() throws IOException {
      main.tar.file(root.resolve("global/pg_control"), "global/pg_control", "global/pg_control");
    }

    /// Adds a configuration file that lies outside the data directory, to its root.
    void addOutside(Path file) throws IOException {
      if (!file.startsWith(root) && Files.isReadable(file)) {
        main.tar.file(file, "./" + file.getFileName(), file.getFileName().toString());
      }
    }

    void addLabel(String label) throws IOException {
      main.tar.text("backup_label", label);
    }

    void complete() throws IOException {
      main.complete();
    }

    @Override
    public void close() {
      main.close();
    }
  }
}
