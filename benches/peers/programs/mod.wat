(module
  (func (export "main") (result i64)
    (local $s i64) (local $i i64)
    (loop $next
      (local.set $s
        (i64.rem_s
          (i64.add (i64.mul (local.get $s) (i64.const 31)) (local.get $i))
          (i64.const 1000003)))
      (br_if $next
        (i64.lt_s
          (local.tee $i (i64.add (local.get $i) (i64.const 1)))
          (i64.const 10000000))))
    (local.get $s)))
