(module
  (memory 16)
  (func (export "main") (result i64)
    (local $i i32) (local $j i32) (local $count i64)
    ;; Every call starts from cleared flags, as in the other languages.
    (memory.fill (i32.const 0) (i32.const 0) (i32.const 1000001))
    (local.set $i (i32.const 2))
    (loop $outer
      (if (i32.eqz (i32.load8_u (local.get $i)))
        (then
          (local.set $count (i64.add (local.get $count) (i64.const 1)))
          ;; i*i passes 32 bits above 46340; above 1000 there is nothing left to mark.
          (if (i32.le_u (local.get $i) (i32.const 1000))
            (then
              (local.set $j (i32.mul (local.get $i) (local.get $i)))
              (loop $mark
                (i32.store8 (local.get $j) (i32.const 1))
                (br_if $mark
                  (i32.le_u
                    (local.tee $j (i32.add (local.get $j) (local.get $i)))
                    (i32.const 1000000))))))))
      (br_if $outer
        (i32.le_u
          (local.tee $i (i32.add (local.get $i) (i32.const 1)))
          (i32.const 1000000))))
    (local.get $count)))
