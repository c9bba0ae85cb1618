// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.update;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.instance.guard.Guard;
import dev.howdah.instance.http.Endpoint;
import dev.howdah.instance.http.Reply;
import dev.howdah.instance.volume.AtomicFile;
import dev.howdah.kube.Json;
import dev.howdah.log.JsonLog;
import dev.howdah.postgres.data.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes another version of the instance manager from the operator and gives its place to it, while
/// PostgreSQL runs.
///
/// The operator sends the list of files (`PUT /update`), then those that are missing, in parts
/// (`PUT /update?file=N&at=N`), then the word to go on (`POST /update`). The new version is started
/// beside this one and waits; so one that doesn't start changes nothing. At a moment when nothing
/// is under way this one ends, and the new one adopts PostgreSQL under the permit that it has.
public final class Update {
  public static final String PATH = "/update";

  /// The largest part of a file.
  public static final int PART = 1 << 20;

  private static final String READY = "HOWDAH_STAND_BY";
  private static final Logger LOG = LoggerFactory.getLogger(Update.class);
  private static final Duration STARTS = Duration.ofSeconds(60);
  private static final Duration QUIET = Duration.ofSeconds(60);
  private static final Duration POLL = Duration.ofMillis(20);

  /// What the old manager and the new one need together until one of them ends.
  private static final long MEMORY = 96L << 20;

  private final Settings settings;
  private final Parts parts;
  private @Nullable Delivery delivery;
  private boolean working;
  private volatile String failure = "";
  private volatile boolean done;

  /// @param scratch the pod's scratch volume, where this version's launcher is at `manager`
  /// @param launcher of the running version, behind the links
  /// @param refused the build that failed right after it was started in this container
  public record Settings(Path scratch, String launcher, String refused) {}

  /// @param accepted the builds that the Cluster's status allows
  /// @param busy why the manager can't be replaced now; empty if it can
  /// @param switcher runs the action at a moment when [dev.howdah.core.leadership.Leadership] can
  ///   hand over
  /// @param failed is told of an update that came to nothing
  public record Parts(
      Guard guard,
      Supplier<Set<String>> accepted,
      Supplier<String> busy,
      Switcher switcher,
      Consumer<String> failed) {}

  /// Waits for a moment when nothing is under way.
  @FunctionalInterface
  public interface Switcher {
    /// @return false if there was none in time
    boolean whenQuiet(Duration limit, Last action) throws InterruptedException;
  }

  /// The last thing that the process does, on the thread that drives the protocol.
  @FunctionalInterface
  public interface Last {
    void run() throws IOException;
  }

  public Update(Settings settings, Parts parts) {
    this.settings = settings;
    this.parts = parts;
  }

  /// Whether a new version is about to take over.
  public boolean isUnderWay() {
    return working;
  }

  /// Why the last update came to nothing; empty if it didn't.
  public String failure() {
    return failure;
  }

  public synchronized Reply answer(Endpoint.Request request) throws InterruptedException {
    try {
      Map<String, String> query = query(request.query());
      return switch (request.method()) {
        case "PUT" ->
            query.containsKey("file") ? part(query, request.body()) : begin(request.body());
        case "POST" -> commit();
        default -> Reply.text(405, "PUT a list or a part of a file, or POST");
      };
    } catch (IllegalArgumentException e) {
      return Reply.text(422, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      discard();
      return Reply.text(507, "the update can't be stored: " + e.getMessage());
    }
  }

  private static Map<String, String> query(String text) {
    Map<String, String> fields = new HashMap<>();
    for (String field : text.split("&")) {
      int at = field.indexOf('=');
      if (at > 0) {
        fields.put(field.substring(0, at), field.substring(at + 1));
      }
    }
    return fields;
  }

  private Reply begin(byte[] list) throws IOException {
    Program program = Program.parse(list);
    if (working) {
      return Reply.text(409, "an update is under way");
    }
    if (!parts.accepted().get().contains(program.hash())) {
      return Reply.text(
          403, "status.availableArchitectures of the Cluster doesn't name this build");
    }
    if (program.hash().equals(settings.refused())) {
      return Reply.text(422, "this build ended right after its start; see the pod's log");
    }
    if (!program.fits()) {
      return Reply.text(
          422,
          "this build is for %s, and this is %s"
              .formatted(program.architecture(), System.getProperty("os.arch")));
    }
    String busy = parts.busy().get();
    if (!busy.isEmpty()) {
      return Reply.text(409, busy);
    }
    Delivery begun =
        Delivery.begin(program, list, folder(program.hash()), Path.of(settings.launcher()));
    delivery = begun;
    ObjectNode answer = Json.object();
    begun.missing().forEach(answer.putArray("missing")::add);
    return Reply.json(answer);
  }

  private Path folder(String hash) {
    return settings.scratch().resolve("manager-" + hash.substring(0, 12));
  }

  private Reply part(Map<String, String> query, byte[] body) throws IOException {
    Delivery open = delivery;
    if (open == null || working) {
      return Reply.text(409, "no list of files was sent before");
    }
    open.take(
        Integer.parseInt(query.getOrDefault("file", "")),
        Long.parseLong(query.getOrDefault("at", "0")),
        body);
    return Reply.ok();
  }

  private Reply commit() throws IOException {
    Delivery complete = delivery;
    if (complete == null || working) {
      return Reply.text(409, "no list of files was sent before");
    }
    Path launcher = complete.complete();
    String tight = Memory.lacks(MEMORY);
    if (!tight.isEmpty()) {
      discard();
      return Reply.text(507, tight);
    }
    working = true;
    Thread.ofVirtual().name("update").start(() -> exchange(complete, launcher));
    return Reply.text(202, "the new version starts");
  }

  private void discard() {
    Delivery open = delivery;
    delivery = null;
    if (open != null) {
      try {
        open.discard();
      } catch (IOException e) {
        LOG.atInfo().addKeyValue("error", e.getMessage()).log("half an update is left");
      }
    }
  }

  private void exchange(Delivery complete, Path launcher) {
    String build = complete.program().hash();
    String reason;
    try {
      LOG.atInfo().addKeyValue("build", build).log("starting another version beside this one");
      reason = exchange(launcher);
    } catch (IOException | RuntimeException e) {
      reason = String.valueOf(e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    if (done) {
      return;
    }
    parts.guard().abandon();
    LOG.atError().addKeyValue("build", build).addKeyValue("reason", reason).log("update failed");
    synchronized (this) {
      discard();
      working = false;
      failure = reason;
    }
    parts.failed().accept(reason);
  }

  /// Ends the process, or says why not.
  private String exchange(Path launcher) throws IOException, InterruptedException {
    Path ready = settings.scratch().resolve("run/next-manager");
    Files.deleteIfExists(ready);
    long next = parts.guard().prepare(launcher + ".d", ready.toString());
    if (next == 0) {
      return "the guard did not start the new version";
    }
    long end = System.nanoTime() + STARTS.toNanos();
    while (!isReady(ready, next)) {
      if (!isAlive(next)) {
        return "the new version ended at its start; see the pod's log";
      }
      if (System.nanoTime() > end) {
        return "the new version was not ready within " + STARTS.toSeconds() + " s";
      }
      Thread.sleep(POLL);
    }
    boolean switched =
        parts
            .switcher()
            .whenQuiet(
                QUIET,
                () -> {
                  if (!isAlive(next)) {
                    throw new IOException("the new version ended while it waited");
                  }
                  done = true;
                  parts.guard().changeOver();
                  LOG.info("the new version takes over");
                  JsonLog.current().flush();
                  Runtime.getRuntime().halt(0);
                });
    return switched
        ? "not switched"
        : "there was no quiet moment within " + QUIET.toSeconds() + " s";
  }

  private static boolean isReady(Path file, long pid) {
    try {
      return Files.readString(file).strip().equals(Long.toString(pid));
    } catch (IOException e) {
      return false;
    }
  }

  /// Whether this process was started beside the version that runs.
  public static boolean isSecond(Map<String, String> environment) {
    return !environment.getOrDefault(READY, "").isEmpty();
  }

  /// Waits, in such a process, until the version that runs has ended; returns at once in others.
  public static void standBy(Map<String, String> environment, Guard guard)
      throws IOException, InterruptedException {
    if (isSecond(environment)) {
      AtomicFile.write(
          Path.of(environment.getOrDefault(READY, "")),
          Long.toString(ProcessHandle.current().pid()));
      guard.awaitGo();
    }
  }

  private static boolean isAlive(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      return "ZX".indexOf(stat.charAt(stat.lastIndexOf(')') + 2)) < 0;
    } catch (IOException e) {
      return false;
    }
  }

  /// The new version leads, or follows: from now on the container starts with it, and the one
  /// before can go.
  ///
  /// @param settings of the new version
  public static void adopted(Settings settings, Guard guard) throws IOException {
    guard.adopted();
    Path scratch = settings.scratch();
    Path launcher = scratch.resolve("manager");
    Path link = scratch.resolve("manager.link");
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, Path.of(settings.launcher()));
    Files.move(link, launcher, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    DurableFiles.deleteTree(scratch.resolve("manager.d"));
    Path own = Path.of(settings.launcher()).getParent();
    try (var versions = Files.newDirectoryStream(scratch, "manager-*")) {
      for (Path version : versions) {
        if (!Files.isSameFile(version, own)) {
          DurableFiles.deleteTree(version);
        }
      }
    }
  }

  /// The builds that a Cluster's status allows.
  public static Set<String> accepted(JsonNode cluster) {
    var hashes = new java.util.HashSet<String>();
    for (JsonNode one : cluster.path("status").path("availableArchitectures")) {
      hashes.add(one.path("hash").asText(""));
    }
    return hashes;
  }
}
