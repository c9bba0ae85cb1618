// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The operator as its image has it, with the image's Java, options and ahead-of-time cache, as a
/// process of this machine.
final class ScaleOperator implements AutoCloseable {
  private static final Path IMAGE = Path.of("dist/target/operator").toAbsolutePath();
  private static final Pattern COLLECTION =
      Pattern.compile("GC\\(\\d+\\) Pause (Young|Full).* (\\d+)M->(\\d+)M\\(");

  /// What the collector did.
  ///
  /// @param left MB in use after the last one
  record Collections(int young, int full, int left) {
    Collections since(Collections before) {
      return new Collections(young - before.young, full - before.full, left);
    }

    @Override
    public String toString() {
      return "%d young and %d full collections, %d MB left by the last"
          .formatted(young, full, left);
    }
  }

  private final Path home;
  private final Process process;

  private ScaleOperator(Path home, Process process) {
    this.home = home;
    this.process = process;
  }

  static ScaleOperator start(Path home, Path kubeconfig, String namespace) throws IOException {
    var words = new ArrayList<String>();
    words.add(IMAGE.resolve("instance/manager.d/runtime/bin/java").toString());
    String classpath = "";
    for (String line : Files.readAllLines(IMAGE.resolve("lib/app/manager.cfg"))) {
      String value = line.substring(line.indexOf('=') + 1).replace("$ROOTDIR", IMAGE.toString());
      if (line.startsWith("java-options=")) {
        words.add(value);
      } else if (line.startsWith("app.classpath=")) {
        classpath = value;
      }
    }
    words.addAll(
        List.of(
            "-Xlog:gc:file=" + home.resolve("gc.log"),
            "-cp",
            classpath,
            "dev.howdah.operator.Entry",
            "controller",
            "--leader-elect=true",
            "--webhook-port=0",
            "--metrics-bind-address=0",
            "--kubeconfig=" + kubeconfig));
    var builder = new ProcessBuilder(words);
    builder.environment().put("OPERATOR_NAMESPACE", namespace);
    builder.environment().put("POD_NAME", "operator");
    builder.redirectErrorStream(true);
    builder.redirectOutput(home.resolve("operator.log").toFile());
    return new ScaleOperator(home, builder.start());
  }

  /// Throws, with the end of what it said, when it no longer runs.
  void check() throws IOException {
    if (!process.isAlive()) {
      List<String> said = Files.readAllLines(home.resolve("operator.log"));
      throw new IllegalStateException(
          "the operator ended with code %d: %s"
              .formatted(
                  process.exitValue(),
                  String.join("\n", said.subList(Math.max(0, said.size() - 20), said.size()))));
    }
  }

  MemoryUse memory() throws IOException {
    return MemoryUse.of(process.pid());
  }

  Duration cpu() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  Collections collections() throws IOException {
    int young = 0;
    int full = 0;
    int left = 0;
    for (String line : Files.readAllLines(home.resolve("gc.log"))) {
      Matcher matcher = COLLECTION.matcher(line);
      if (matcher.find()) {
        young += matcher.group(1).equals("Young") ? 1 : 0;
        full += matcher.group(1).equals("Full") ? 1 : 0;
        left = Integer.parseInt(matcher.group(3));
      }
    }
    return new Collections(young, full, left);
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
