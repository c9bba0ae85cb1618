// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Runs the real kubectl.
final class Kubectl {
  /// What it said and its exit code.
  record Result(int code, String out, String err) {
    /// Both outputs.
    String all() {
      return out + err;
    }
  }

  private static final int SECONDS = 120;
  private final Path kubeconfig;
  private final Path home;

  Kubectl(Path kubeconfig) {
    this.kubeconfig = kubeconfig;
    this.home = kubeconfig.getParent();
  }

  /// Whether there is one on this machine.
  static boolean installed() {
    for (var folder : System.getenv("PATH").split(":")) {
      if (java.nio.file.Files.isExecutable(Path.of(folder, "kubectl"))) {
        return true;
      }
    }
    return false;
  }

  /// Starts a command.
  Process start(List<String> arguments, Map<String, String> environment) throws IOException {
    var command = new ArrayList<>(List.of("kubectl"));
    command.addAll(arguments);
    var builder = new ProcessBuilder(command);
    builder.environment().put("KUBECONFIG", kubeconfig.toString());
    builder.environment().put("HOME", home.toString()); // its caches go with the test
    builder.environment().putAll(environment);
    return builder.start();
  }

  /// Runs a command with some input.
  Result runWith(String input, Map<String, String> environment, String... arguments) {
    try {
      var process = start(List.of(arguments), environment);
      var err = new StringBuilder();
      var reader =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  err.append(
                      new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
                } catch (IOException e) {
                  err.append(e);
                }
              });
      var writer =
          Thread.ofVirtual()
              .start(() -> {
                try (var stdin = process.getOutputStream()) {
                  stdin.write(input.getBytes(StandardCharsets.UTF_8));
                } catch (IOException _) {
                  // it did not want any
                }
              });
      var killer =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                  }
                } catch (InterruptedException _) {
                  // not needed any more
                }
              });
      var out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      var code = process.waitFor();
      reader.join();
      writer.join();
      killer.interrupt();
      return new Result(code, out, err.toString());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Runs a command.
  Result run(String... arguments) {
    return runWith("", Map.of(), arguments);
  }

  /// Runs a command, given as one line, that must succeed; returns what it printed.
  String ok(String line) {
    return okWith("", line);
  }

  /// The same with some input.
  String okWith(String input, String line) {
    var result = runWith(readable(input), Map.of(), split(line));
    if (result.code() != 0) {
      throw new AssertionError("kubectl " + line + "\n" + result.code() + ": " + result.all());
    }
    return result.out();
  }

  /// The YAML in a form that kubectl reads: it takes what begins with a brace for JSON.
  static String readable(String yaml) {
    return yaml.startsWith("{apiVersion") ? TestClient.json(yaml) : yaml;
  }

  /// Runs a command, given as one line, that must fail; returns what it complained.
  String fails(String line) {
    var result = runWith("", Map.of(), split(line));
    if (result.code() == 0) {
      throw new AssertionError("kubectl " + line + " should have failed\n" + result.all());
    }
    return result.err();
  }

  // Words are separated by blanks; a word in single quotes may hold blanks.
  private static String[] split(String line) {
    var words = new ArrayList<String>();
    var matcher = java.util.regex.Pattern.compile("((?:'[^']*'|[^' ])+)").matcher(line);
    while (matcher.find()) {
      words.add(matcher.group(1).replace("'", ""));
    }
    return words.toArray(String[]::new);
  }
}
