// SPDX-License-Identifier: Apache-2.0
package dev.howdah.log;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;
import org.slf4j.event.LoggingEvent;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.spi.LoggingEventAware;

/// One named logger, writing through [JsonLog].
final class JsonLogger extends LegacyAbstractLogger implements LoggingEventAware {
  private static final long serialVersionUID = 1;

  JsonLogger(String name) {
    this.name = shortName(name);
  }

  /// `dev.howdah.instance.run.Renewals` becomes `instance.run.Renewals`.
  private static String shortName(String name) {
    return name.startsWith("dev.howdah.") ? name.substring("dev.howdah.".length()) : name;
  }

  @Override
  public void log(LoggingEvent event) {
    if (!JsonLog.current().isEnabled(event.getLevel())) {
      return;
    }
    Map<String, Object> facts = new LinkedHashMap<>();
    if (event.getKeyValuePairs() != null) {
      for (KeyValuePair pair : event.getKeyValuePairs()) {
        facts.put(pair.key, pair.value);
      }
    }
    write(
        event.getLevel(),
        event.getMessage(),
        event.getArgumentArray(),
        facts,
        event.getThrowable());
  }

  @Override
  protected void handleNormalizedLoggingCall(
      Level level,
      @Nullable Marker marker,
      String pattern,
      Object @Nullable [] arguments,
      @Nullable Throwable cause) {
    write(level, pattern, arguments, Map.of(), cause);
  }

  private void write(
      Level level,
      String pattern,
      Object @Nullable [] arguments,
      Map<String, Object> facts,
      @Nullable Throwable cause) {
    String text =
        arguments == null ? pattern : MessageFormatter.basicArrayFormat(pattern, arguments);
    JsonLog.current().message(level, name, text, facts, cause);
  }

  @Override
  protected @Nullable String getFullyQualifiedCallerName() {
    return null;
  }

  @Override
  public boolean isTraceEnabled() {
    return JsonLog.current().isEnabled(Level.TRACE);
  }

  @Override
  public boolean isDebugEnabled() {
    return JsonLog.current().isEnabled(Level.DEBUG);
  }

  @Override
  public boolean isInfoEnabled() {
    return JsonLog.current().isEnabled(Level.INFO);
  }

  @Override
  public boolean isWarnEnabled() {
    return JsonLog.current().isEnabled(Level.WARN);
  }

  @Override
  public boolean isErrorEnabled() {
    return JsonLog.current().isEnabled(Level.ERROR);
  }
}
