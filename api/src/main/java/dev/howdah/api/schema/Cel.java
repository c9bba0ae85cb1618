// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.schema;

import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// A rule in CEL that the API server itself checks, on a field or on a whole object.
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.RECORD_COMPONENT, ElementType.TYPE})
@Repeatable(Cel.List.class)
public @interface Cel {
  /// The expression that must hold; `self` is the value, `oldSelf` the one before.
  String value();

  /// What a person reads when it doesn't hold.
  String message();

  /// Where the error is shown, relative to the object; `.name` for example.
  String at() default "";

  /// The rules of one place.
  @Retention(RetentionPolicy.RUNTIME)
  @Target({ElementType.RECORD_COMPONENT, ElementType.TYPE})
  @interface List {
    Cel[] value();
  }
}
