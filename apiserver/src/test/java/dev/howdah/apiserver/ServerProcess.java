// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver;

import java.nio.file.Path;
import java.util.List;

/// A server in a process of its own: `folder port`. Prints its address when it serves.
final class ServerProcess {
  private ServerProcess() {}

  public static void main(String[] arguments) throws Exception {
    var folder = Path.of(arguments[0]);
    var port = Integer.parseInt(arguments[1]);
    var server =
        ApiServer.start(
            new ApiServer.Settings(folder, "127.0.0.1", port), List.of(), PodBackend.none());
    server.writeKubeconfig(folder.resolve("kubeconfig"));
    System.out.println(server.uri());
    System.in.read(); // until the test ends
    server.close();
  }

  /// Starts one and waits until it serves.
  static Process start(Path folder, int port) throws Exception {
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx96m",
                "-cp",
                System.getProperty("java.class.path"),
                ServerProcess.class.getName(),
                folder.toString(),
                Integer.toString(port))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    var line = process.inputReader().readLine();
    if (line == null || !line.startsWith("https://")) {
      throw new IllegalStateException("the server did not start: " + line);
    }
    return process;
  }
}
