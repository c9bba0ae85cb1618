// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.Json;
import dev.howdah.podruntime.probe.Probe;
import dev.howdah.podruntime.process.ContainerFiles;
import dev.howdah.podruntime.process.Launcher;
import dev.howdah.podruntime.volume.Mounts;
import dev.howdah.podruntime.volume.PodFacts;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Everything about a container that is known before it starts: variables, mounts, command line.
///
/// @param environment all variables, with paths of this machine
/// @param folder the working directory as the container sees it
/// @param command what to run; empty when nobody says so
record Preparation(
    Map<String, String> environment,
    Mounts mounts,
    Command commands,
    Path folder,
    Optional<List<String>> command) {

  private static final String DEFAULT_PATH =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  /// The container can't be started for now.
  static final class Failure extends Exception {
    private static final long serialVersionUID = 1;
    private final String reason;

    /// @param reason as in a waiting state, such as `CreateContainerConfigError`
    Failure(String reason, String message) {
      super(message);
      this.reason = reason;
    }

    String reason() {
      return reason;
    }
  }

  static Preparation of(
      PodContext context, PodFacts facts, JsonNode container, ContainerFiles files) throws Failure {
    Optional<String> unsupported = Probe.unsupported(container);
    if (unsupported.isPresent()) {
      throw new Failure("CreateContainerConfigError", unsupported.get());
    }
    Path visible = context.launcher().visibleRoot(files);
    Map<String, String> raw = variables(context, facts, container, visible);
    Mounts mounts = Mounts.of(container, text -> Environment.expand(text, raw));
    Map<String, String> environment = new LinkedHashMap<>();
    raw.forEach((name, value) -> environment.put(name, mounts.rewrite(value, visible)));
    String mark = Json.uid(facts.pod()) + "/" + container.path("name").asText();
    environment.put("HOWDAH_ROOT", visible.toString());
    environment.put("HOWDAH_POD_IP", facts.ip());
    environment.put(
        "HOWDAH_SAME_ROOT", Boolean.toString(!visible.equals(files.root()))); // for all pods
    environment.put(Launcher.MARK, mark);
    var commands = new Command(mounts, context.images(), visible, files.root());
    String folder = container.path("workingDir").asText("");
    return new Preparation(
        environment,
        mounts,
        commands,
        folder.isEmpty() ? visible : Path.of(mounts.rewrite(folder, visible)),
        commands.of(container, environment));
  }

  private static Map<String, String> variables(
      PodContext context, PodFacts facts, JsonNode container, Path visible) throws Failure {
    Optional<Path> bin =
        switch (context.images().resolve(container.path("image").asText(""))) {
          case Images.Image.Here here -> here.bin();
          case Images.Image.Missing missing ->
              throw new Failure("ErrImageNeverPull", missing.message());
        };
    Map<String, String> base = new LinkedHashMap<>();
    base.put("PATH", DEFAULT_PATH);
    base.put("HOME", visible.toString());
    base.put("HOSTNAME", Hosts.hostname(facts.pod()));
    base.put("LANG", "C.UTF-8");
    base.putAll(context.environment());
    if (container.path("tty").asBoolean()) {
      base.put("TERM", "xterm");
    }
    try {
      var mirrors = context.mirrors();
      var resolver = new Environment(facts, mirrors.configMaps::find, mirrors.secrets::find);
      Map<String, String> all = resolver.of(container, base);
      bin.ifPresent(folder -> all.merge("PATH", folder.toString(), (old, own) -> own + ":" + old));
      return all;
    } catch (Environment.Unresolved e) {
      throw new Failure("CreateContainerConfigError", String.valueOf(e.getMessage()));
    }
  }

  /// Without the values of variables, which may be secret.
  @Override
  public String toString() {
    return "Preparation[%s]".formatted(command);
  }
}
