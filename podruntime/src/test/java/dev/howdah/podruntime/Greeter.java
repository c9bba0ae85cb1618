// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/// A server for pods of tests: says its name to each connection, then echoes.
public final class Greeter {
  private Greeter() {}

  public static void main(String[] arguments) throws IOException {
    String name = System.getenv().getOrDefault("POD_NAME", "nobody");
    var address = InetAddress.getByName(System.getenv("HOWDAH_POD_IP"));
    try (var server = new ServerSocket(Integer.parseInt(arguments[0]), 50, address)) {
      System.out.println("listening");
      while (true) {
        Socket socket = server.accept();
        Thread.ofVirtual()
            .start(() -> {
              try (socket) {
                socket.getOutputStream().write((name + "\n").getBytes());
                socket.getInputStream().transferTo(socket.getOutputStream());
              } catch (IOException e) {
                // the client left
              }
            });
      }
    }
  }
}
