// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;

/// Pods whose programs run on this machine, for tests of streams.
final class TestPods implements PodBackend {
  /// What a follower of the log is given, line by line; an empty line ends the log.
  final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  final BlockingQueue<TerminalSize> sizes = new LinkedBlockingQueue<>();

  /// Where ports of pods really are.
  volatile int localPort;

  volatile boolean interrupted;

  @Override
  public void logs(Pod pod, LogRequest request, OutputStream out)
      throws IOException, InterruptedException {
    if (request.previous()) {
      throw new Refused(400, "previous terminated container not found");
    }
    out.write(("container " + request.container() + " of " + pod.name() + "\n").getBytes());
    out.flush();
    if (!request.follow()) {
      return;
    }
    try {
      for (var line = lines.take(); !line.isEmpty(); line = lines.take()) {
        out.write((line + "\n").getBytes());
        out.flush();
      }
    } catch (InterruptedException e) {
      interrupted = true;
      throw e;
    }
  }

  @Override
  public int exec(Pod pod, ExecRequest request, Streams streams)
      throws IOException, InterruptedException {
    if (request.command().getFirst().equals("nosuch")) {
      throw new Refused(500, "no such program: nosuch");
    }
    var process = new ProcessBuilder(request.command()).start();
    try (var tasks = Executors.newVirtualThreadPerTaskExecutor()) {
      tasks.submit(() -> feed(process, streams.stdin()));
      var out = copy(tasks, process.getInputStream(), streams.stdout());
      var err = copy(tasks, process.getErrorStream(), streams.stderr());
      tasks.submit(() -> {
        while (process.isAlive()) {
          var size = streams.resizes().poll(50, java.util.concurrent.TimeUnit.MILLISECONDS);
          if (size != null) {
            sizes.add(size);
          }
        }
        return null;
      });
      var code = process.waitFor();
      await(out);
      await(err);
      tasks.shutdownNow();
      return code;
    } catch (InterruptedException e) {
      interrupted = true;
      throw e;
    } finally {
      process.destroyForcibly();
    }
  }

  private static Void feed(Process process, InputStream in) throws IOException {
    try (var stdin = process.getOutputStream()) {
      if (in != null) {
        var buffer = new byte[8192];
        for (var n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          stdin.write(buffer, 0, n);
          stdin.flush();
        }
      }
    }
    return null;
  }

  private static Future<?> copy(
      java.util.concurrent.ExecutorService tasks, InputStream from, OutputStream to) {
    return tasks.submit(() -> {
      if (to == null) {
        from.readAllBytes();
      } else {
        from.transferTo(to);
      }
      return null;
    });
  }

  private static void await(Future<?> task) throws IOException, InterruptedException {
    try {
      task.get();
    } catch (java.util.concurrent.ExecutionException e) {
      throw new IOException(e);
    }
  }

  @Override
  public int attach(Pod pod, AttachRequest request, Streams streams) throws IOException {
    streams.stdout().write("attached\n".getBytes(StandardCharsets.UTF_8));
    return 0;
  }

  @Override
  public Connection connect(Pod pod, int port) throws IOException {
    if (port == 9) {
      throw new IOException("connection refused");
    }
    var socket = new Socket("127.0.0.1", localPort);
    return new Connection() {
      @Override
      public InputStream input() throws IOException {
        return socket.getInputStream();
      }

      @Override
      public OutputStream output() throws IOException {
        var out = socket.getOutputStream();
        return new java.io.FilterOutputStream(out) {
          @Override
          public void write(byte[] b, int off, int len) throws IOException {
            out.write(b, off, len);
          }

          @Override
          public void close() throws IOException {
            socket.shutdownOutput();
          }
        };
      }

      @Override
      public void close() throws IOException {
        socket.close();
      }
    };
  }
}
