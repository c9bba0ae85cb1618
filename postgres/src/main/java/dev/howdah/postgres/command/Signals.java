// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.command;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// Sends signals to processes with `kill(2)`, which Java itself offers for two signals only.
final class Signals {
  static final int HUP = 1;
  static final int INT = 2;
  static final int QUIT = 3;
  static final int KILL = 9;
  static final int TERM = 15;

  private static final MethodHandle KILL_2 = bind();

  private Signals() {}

  private static MethodHandle bind() {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().find("kill").orElseThrow(),
        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
  }

  /// Returns whether there was such a process and we might signal it. Signal 0 only asks.
  static boolean send(long pid, int signal) {
    if (pid <= 1 || pid > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("not the pid of a server: " + pid);
    }
    try {
      return (int) KILL_2.invokeExact((int) pid, signal) == 0;
    } catch (Throwable e) {
      throw new IllegalStateException("kill(2) cannot be called", e);
    }
  }
}
