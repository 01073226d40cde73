(module
  (func $step (param $s i64) (param $i i64) (result i64)
    (if (result i64) (i64.gt_s (local.get $s) (local.get $i))
      (then (i64.sub (local.get $s) (local.get $i)))
      (else (i64.add (local.get $s) (local.get $i)))))
  (func (export "main") (result i64)
    (local $s i64) (local $i i64)
    (loop $next
      (local.set $s (call $step (local.get $s) (local.get $i)))
      (br_if $next
        (i64.lt_s
          (local.tee $i (i64.add (local.get $i) (i64.const 1)))
          (i64.const 3000000))))
    (local.get $s)))
