; ModuleID = "lstm"
target triple = "unknown-unknown-unknown"
target datalayout = ""

define void @"forward"(ptr %"words", i64 %"begin", i64 %"end", i64 %"part", i64 %"parts") nounwind
{
entry:
  %".7" = getelementptr i64, ptr %"words", i64 0
  %"table" = load ptr, ptr %".7", align 8
  %".9" = getelementptr i64, ptr %"words", i64 1
  %"steps" = load i64, ptr %".9", align 8
  %".11" = getelementptr i64, ptr %"words", i64 2
  %"hidden" = load i64, ptr %".11", align 8
  %".13" = getelementptr i64, ptr %"words", i64 3
  %"inputs" = load i64, ptr %".13", align 8
  %".15" = getelementptr i64, ptr %"words", i64 4
  %"head" = load i64, ptr %".15", align 8
  %".17" = getelementptr i64, ptr %"words", i64 5
  %"head.panel" = load i64, ptr %".17", align 8
  %".19" = getelementptr i64, ptr %"words", i64 6
  %"edge" = load i64, ptr %".19", align 8
  %".21" = getelementptr i64, ptr %"words", i64 7
  %"barrier" = load ptr, ptr %".21", align 8
  %".23" = getelementptr i64, ptr %"words", i64 8
  %"vectors" = load ptr, ptr %".23", align 8
  %".25" = getelementptr i64, ptr %"words", i64 9
  %"lengths" = load ptr, ptr %".25", align 8
  %".27" = getelementptr i64, ptr %"words", i64 10
  %"time" = load i64, ptr %".27", align 8
  %".29" = getelementptr i64, ptr %"words", i64 11
  %"time.step" = load i64, ptr %".29", align 8
  %".31" = getelementptr i64, ptr %"words", i64 12
  %"phase" = load i64, ptr %".31", align 8
  %".33" = getelementptr i64, ptr %"words", i64 13
  %"seed" = load i64, ptr %".33", align 8
  %".35" = getelementptr i64, ptr %"words", i64 14
  %"x" = load ptr, ptr %".35", align 8
  %".37" = getelementptr i64, ptr %"words", i64 15
  %"x.step" = load i64, ptr %".37", align 8
  %".39" = getelementptr i64, ptr %"words", i64 16
  %"x.row" = load i64, ptr %".39", align 8
  %".41" = getelementptr i64, ptr %"words", i64 17
  %"projected" = load ptr, ptr %".41", align 8
  %".43" = getelementptr i64, ptr %"words", i64 18
  %"projected.step" = load i64, ptr %".43", align 8
  %".45" = getelementptr i64, ptr %"words", i64 19
  %"projected.row" = load i64, ptr %".45", align 8
  %".47" = getelementptr i64, ptr %"words", i64 20
  %"before.h" = load ptr, ptr %".47", align 8
  %".49" = getelementptr i64, ptr %"words", i64 21
  %"before.h.row" = load i64, ptr %".49", align 8
  %".51" = getelementptr i64, ptr %"words", i64 22
  %"state.h" = load ptr, ptr %".51", align 8
  %".53" = getelementptr i64, ptr %"words", i64 23
  %"state.h.step" = load i64, ptr %".53", align 8
  %".55" = getelementptr i64, ptr %"words", i64 24
  %"state.h.row" = load i64, ptr %".55", align 8
  %".57" = getelementptr i64, ptr %"words", i64 25
  %"state.h.ring" = load i64, ptr %".57", align 8
  %".59" = getelementptr i64, ptr %"words", i64 26
  %"before.c" = load ptr, ptr %".59", align 8
  %".61" = getelementptr i64, ptr %"words", i64 27
  %"before.c.row" = load i64, ptr %".61", align 8
  %".63" = getelementptr i64, ptr %"words", i64 28
  %"state.c" = load ptr, ptr %".63", align 8
  %".65" = getelementptr i64, ptr %"words", i64 29
  %"state.c.step" = load i64, ptr %".65", align 8
  %".67" = getelementptr i64, ptr %"words", i64 30
  %"state.c.row" = load i64, ptr %".67", align 8
  %".69" = getelementptr i64, ptr %"words", i64 31
  %"state.c.ring" = load i64, ptr %".69", align 8
  %".71" = getelementptr i64, ptr %"words", i64 32
  %"kept" = load ptr, ptr %".71", align 8
  %".73" = getelementptr i64, ptr %"words", i64 33
  %"kept.step" = load i64, ptr %".73", align 8
  %".75" = getelementptr i64, ptr %"words", i64 34
  %"kept.row" = load i64, ptr %".75", align 8
  %".77" = getelementptr i64, ptr %"words", i64 35
  %"delta" = load ptr, ptr %".77", align 8
  %".79" = getelementptr i64, ptr %"words", i64 36
  %"delta.step" = load i64, ptr %".79", align 8
  %".81" = getelementptr i64, ptr %"words", i64 37
  %"delta.row" = load i64, ptr %".81", align 8
  %".83" = getelementptr i64, ptr %"words", i64 38
  %"delta.ring" = load i64, ptr %".83", align 8
  %".85" = getelementptr i64, ptr %"words", i64 39
  %"carried" = load ptr, ptr %".85", align 8
  %".87" = getelementptr i64, ptr %"words", i64 40
  %"spill" = load ptr, ptr %".87", align 8
  %".89" = getelementptr i64, ptr %"words", i64 41
  %"weight" = load ptr, ptr %".89", align 8
  %".91" = getelementptr i64, ptr %"words", i64 42
  %"sum" = load ptr, ptr %".91", align 8
  %".93" = getelementptr i64, ptr %"words", i64 43
  %"partial" = load ptr, ptr %".93", align 8
  %".95" = getelementptr i64, ptr %"words", i64 44
  %"sample" = load ptr, ptr %".95", align 8
  %".97" = getelementptr i64, ptr %"words", i64 45
  %"sample.step" = load i64, ptr %".97", align 8
  %".99" = getelementptr i64, ptr %"words", i64 46
  %"sample.row" = load i64, ptr %".99", align 8
  %".101" = getelementptr i64, ptr %"words", i64 47
  %"kept_sum" = load ptr, ptr %".101", align 8
  %".103" = getelementptr i64, ptr %"words", i64 48
  %"kept_sum.step" = load i64, ptr %".103", align 8
  %".105" = getelementptr i64, ptr %"words", i64 49
  %"kept_sum.row" = load i64, ptr %".105", align 8
  %".107" = getelementptr i64, ptr %"words", i64 50
  %"raw" = load ptr, ptr %".107", align 8
  %".109" = getelementptr i64, ptr %"words", i64 51
  %"raw.step" = load i64, ptr %".109", align 8
  %".111" = getelementptr i64, ptr %"words", i64 52
  %"raw.row" = load i64, ptr %".111", align 8
  %".113" = getelementptr i64, ptr %"words", i64 53
  %"matrix0" = load ptr, ptr %".113", align 8
  %".115" = getelementptr i64, ptr %"words", i64 54
  %"bias0" = load ptr, ptr %".115", align 8
  %".117" = getelementptr i64, ptr %"words", i64 55
  %"matrix1" = load ptr, ptr %".117", align 8
  %".119" = getelementptr i64, ptr %"words", i64 56
  %"bias1" = load ptr, ptr %".119", align 8
  %".121" = alloca i32
  %".122" = alloca i32
  call void @"llvm.x86.sse.stmxcsr"(i32* %".121")
  %".124" = load i32, i32* %".121"
  %".125" = or i32 %".124", 32832
  store i32 %".125", i32* %".122"
  call void @"llvm.x86.sse.ldmxcsr"(i32* %".122")
  %".128" = add i64 7, %"hidden"
  %".129" = udiv i64 %".128", 8
  %".130" = mul i64 %".129", 8
  %".131" = alloca i64
  store i64 0, i64* %".131"
  %".133" = alloca [256 x float], align 64
  store <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>, ptr %".133", align 4
  %".135" = getelementptr float, ptr %".133", i64 8
  store <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>, ptr %".135", align 4
  %".137" = getelementptr float, ptr %".133", i64 16
  store <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>, ptr %".137", align 4
  %".139" = getelementptr float, ptr %".133", i64 24
  store <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>, ptr %".139", align 4
  %".141" = icmp slt i64 0, %"steps"
  %".183" = alloca [192 x float], align 64
  %".184" = alloca [192 x float], align 64
  %".650" = alloca i64
  br i1 %".141", label %"t.loop", label %"t.end"
t.loop:
  %"t" = phi  i64 [0, %"entry"], [%".669", %"tile.end.endif"]
  %".143" = icmp eq i64 %"t", %"edge"
  %".144" = add i64 -1, %"t"
  %".145" = and i64 %".144", %"state.h.ring"
  %".146" = mul i64 %".145", %"state.h.step"
  %".147" = getelementptr float, ptr %"state.h", i64 %".146"
  %".148" = select  i1 %".143", i64 %"before.h.row", i64 %"state.h.row"
  %".149" = select  i1 %".143", ptr %"before.h", ptr %".147"
  %".150" = and i64 %"t", %"state.h.ring"
  %".151" = mul i64 %".150", %"state.h.step"
  %".152" = getelementptr float, ptr %"state.h", i64 %".151"
  %".153" = and i64 %".144", %"state.c.ring"
  %".154" = mul i64 %".153", %"state.c.step"
  %".155" = getelementptr float, ptr %"state.c", i64 %".154"
  %".156" = select  i1 %".143", i64 %"before.c.row", i64 %"state.c.row"
  %".157" = select  i1 %".143", ptr %"before.c", ptr %".155"
  %".158" = and i64 %"t", %"state.c.ring"
  %".159" = mul i64 %".158", %"state.c.step"
  %".160" = getelementptr float, ptr %"state.c", i64 %".159"
  %".161" = mul i64 %"t", %"x.step"
  %".162" = getelementptr float, ptr %"x", i64 %".161"
  %".163" = mul i64 %"t", %"kept.step"
  %".164" = getelementptr float, ptr %"kept", i64 %".163"
  %".165" = mul i64 %"t", %"sample.step"
  %".166" = getelementptr float, ptr %"sample", i64 %".165"
  %".167" = mul i64 %"t", %"kept_sum.step"
  %".168" = getelementptr float, ptr %"kept_sum", i64 %".167"
  %".169" = mul i64 %"t", %"raw.step"
  %".170" = getelementptr float, ptr %"raw", i64 %".169"
  %".171" = and i64 %"t", %"delta.ring"
  %".172" = mul i64 %".171", %"delta.step"
  %".173" = getelementptr float, ptr %"delta", i64 %".172"
  %".174" = add i64 7, %"hidden"
  %".175" = udiv i64 %".174", 8
  %".176" = icmp slt i64 1, %"parts"
  %".177" = select  i1 %".176", i64 %"part", i64 0
  %".178" = mul i64 %".175", %".177"
  %".179" = udiv i64 %".178", %"parts"
  %".180" = add i64 1, %".177"
  %".181" = mul i64 %".175", %".180"
  %".182" = udiv i64 %".181", %"parts"
  %".185" = icmp slt i64 %".179", %".182"
  br i1 %".185", label %"tile.loop", label %"tile.end"
t.end:
  call void @"llvm.x86.sse.ldmxcsr"(i32* %".121")
  ret void
tile.loop:
  %"tile" = phi  i64 [%".179", %"t.loop"], [%".640", %"block.end"]
  %".187" = add i64 %"t", %"phase"
  %".188" = and i64 %".187", 1
  %".189" = icmp eq i64 %".188", 1
  %".190" = add i64 -1, %".179"
  %".191" = add i64 %".190", %".182"
  %".192" = sub i64 %".191", %"tile"
  %".193" = select  i1 %".189", i64 %".192", i64 %"tile"
  %".194" = sub i64 %"end", %"begin"
  %".195" = add i64 5, %".194"
  %".196" = udiv i64 %".195", 6
  %".197" = icmp slt i64 0, %".196"
  br i1 %".197", label %"block.loop", label %"block.end"
tile.end:
  %".643" = icmp sgt i64 %"parts", 1
  br i1 %".643", label %"tile.end.if", label %"tile.end.endif"
block.loop:
  %"block" = phi  i64 [0, %"tile.loop"], [%".637", %"row.end"]
  %".199" = mul i64 %".194", %"block"
  %".200" = udiv i64 %".199", %".196"
  %".201" = add i64 1, %"block"
  %".202" = mul i64 %".194", %".201"
  %".203" = udiv i64 %".202", %".196"
  %".204" = add i64 %"begin", %".200"
  %".205" = sub i64 %".203", %".200"
  %".206" = sub i64 %".175", %".193"
  %".207" = icmp slt i64 %".206", 1
  %".208" = select  i1 %".207", i64 %".206", i64 1
  %".209" = mul i64 %".193", %"inputs"
  %".210" = mul i64 %".209", 32
  %".211" = getelementptr float, ptr %"matrix0", i64 %".210"
  %".212" = mul i64 %".193", 32
  %".213" = getelementptr float, ptr %"bias0", i64 %".212"
  %".214" = mul i64 %".208", 4
  %".215" = mul i64 %".204", %"x.row"
  %".216" = getelementptr float, ptr %".162", i64 %".215"
  %".217" = icmp eq i64 %"projected.row", 0
  br i1 %".217", label %"block.loop.if", label %"block.loop.endif"
block.end:
  %".640" = add i64 %"tile", 1
  %".641" = icmp slt i64 %".640", %".182"
  br i1 %".641", label %"tile.loop", label %"tile.end"
block.loop.if:
  %".219" = icmp slt i64 0, %".214"
  br i1 %".219", label %"part.loop", label %"part.end"
block.loop.endif:
  %".243" = mul i64 %".193", %"head.panel"
  %".244" = mul i64 %".243", 32
  %".245" = getelementptr float, ptr %"matrix1", i64 %".244"
  %".246" = mul i64 %".208", 4
  %".247" = mul i64 %".204", %".148"
  %".248" = getelementptr float, ptr %".149", i64 %".247"
  %".249" = icmp slt i64 0, %".246"
  br i1 %".249", label %"part.loop.1", label %"part.end.1"
part.loop:
  %"part.1" = phi  i64 [0, %"block.loop.if"], [%".239", %"part.loop"]
  %".221" = mul i64 %"part.1", 8
  %".222" = getelementptr float, ptr %".183", i64 %".221"
  %".223" = mul i64 %"part.1", 8
  %".224" = getelementptr float, ptr %".213", i64 %".223"
  %".225" = sub i64 %".214", %"part.1"
  %".226" = icmp slt i64 %".225", 2
  %".227" = select  i1 %".226", i64 %".225", i64 2
  %".228" = mul i64 %"part.1", 8
  %".229" = getelementptr float, ptr %".211", i64 %".228"
  %".230" = mul i64 %"inputs", 32
  %".231" = add i64 -1, %".227"
  %".232" = mul i64 %".231", 12
  %".233" = add i64 -1, %".232"
  %".234" = add i64 %".233", %".205"
  %".235" = getelementptr i64, ptr %"table", i64 %".234"
  %".236" = load i64, ptr %".235", align 8
  %".237" = inttoptr i64 %".236" to void (ptr, i64, i64, i64, i64, ptr, i64, i64, i64, i64, ptr, i64, i64, ptr, i64)*
  call void %".237"(ptr %".216", i64 %"x.row", i64 1, i64 1, i64 0, ptr %".229", i64 8, i64 32, i64 %".230", i64 %"inputs", ptr %".222", i64 32, i64 8, ptr %".224", i64 0)
  %".239" = add i64 %"part.1", 2
  %".240" = icmp slt i64 %".239", %".214"
  br i1 %".240", label %"part.loop", label %"part.end"
part.end:
  br label %"block.loop.endif"
part.loop.1:
  %"part.2" = phi  i64 [0, %"block.loop.endif"], [%".269", %"part.loop.1"]
  %".251" = mul i64 %"part.2", 8
  %".252" = getelementptr float, ptr %".184", i64 %".251"
  %".253" = mul i64 %"part.2", 8
  %".254" = getelementptr float, ptr %".133", i64 %".253"
  %".255" = sub i64 %".246", %"part.2"
  %".256" = icmp slt i64 %".255", 2
  %".257" = select  i1 %".256", i64 %".255", i64 2
  %".258" = mul i64 %"part.2", 8
  %".259" = getelementptr float, ptr %".245", i64 %".258"
  %".260" = mul i64 %"head.panel", 32
  %".261" = add i64 -1, %".257"
  %".262" = mul i64 %".261", 12
  %".263" = add i64 -1, %".262"
  %".264" = add i64 %".263", %".205"
  %".265" = getelementptr i64, ptr %"table", i64 %".264"
  %".266" = load i64, ptr %".265", align 8
  %".267" = inttoptr i64 %".266" to void (ptr, i64, i64, i64, i64, ptr, i64, i64, i64, i64, ptr, i64, i64, ptr, i64)*
  call void %".267"(ptr %".248", i64 %".148", i64 1, i64 1, i64 %".130", ptr %".259", i64 8, i64 32, i64 %".260", i64 %"hidden", ptr %".252", i64 32, i64 8, ptr %".254", i64 0)
  %".269" = add i64 %"part.2", 2
  %".270" = icmp slt i64 %".269", %".246"
  br i1 %".270", label %"part.loop.1", label %"part.end.1"
part.end.1:
  %".272" = icmp slt i64 0, %".205"
  br i1 %".272", label %"row.loop", label %"row.end"
row.loop:
  %"row" = phi  i64 [0, %"part.end.1"], [%".634", %"block.end.1"]
  %".274" = icmp slt i64 0, %".208"
  br i1 %".274", label %"block.loop.1", label %"block.end.1"
row.end:
  %".637" = add i64 %"block", 1
  %".638" = icmp slt i64 %".637", %".196"
  br i1 %".638", label %"block.loop", label %"block.end"
block.loop.1:
  %"block.1" = phi  i64 [0, %"row.loop"], [%".631", %"block.loop.1.endif"]
  %".276" = add i64 %".193", %"block.1"
  %".277" = mul i64 %".276", 8
  %".278" = mul i64 %"row", 32
  %".279" = getelementptr float, ptr %".183", i64 %".278"
  %".280" = add i64 %".204", %"row"
  %".281" = mul i64 %"t", %"projected.step"
  %".282" = getelementptr float, ptr %"projected", i64 %".281"
  %".283" = mul i64 %".280", %"projected.row"
  %".284" = mul i64 %".193", 32
  %".285" = add i64 %".283", %".284"
  %".286" = getelementptr float, ptr %".282", i64 %".285"
  %".287" = icmp eq i64 %"projected.row", 0
  %".288" = select  i1 %".287", ptr %".279", ptr %".286"
  %".289" = mul i64 %"block.1", 32
  %".290" = getelementptr float, ptr %".288", i64 %".289"
  %".291" = getelementptr float, ptr %".290", i64 8
  %".292" = getelementptr float, ptr %".290", i64 16
  %".293" = getelementptr float, ptr %".290", i64 24
  %".294" = mul i64 %"row", 32
  %".295" = getelementptr float, ptr %".184", i64 %".294"
  %".296" = mul i64 %"block.1", 32
  %".297" = getelementptr float, ptr %".295", i64 %".296"
  %".298" = getelementptr float, ptr %".297", i64 8
  %".299" = getelementptr float, ptr %".297", i64 16
  %".300" = getelementptr float, ptr %".297", i64 24
  %".301" = sub i64 %"hidden", %".277"
  %".302" = icmp slt i64 %".301", 8
  br i1 %".302", label %"block.loop.1.if", label %"block.loop.1.else"
block.end.1:
  %".634" = add i64 %"row", 1
  %".635" = icmp slt i64 %".634", %".205"
  br i1 %".635", label %"row.loop", label %"row.end"
block.loop.1.if:
  %".466" = add i64 %".204", %"row"
  %".467" = insertelement <8 x i64> <i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef>, i64 %".301", i32 0
  %".468" = shufflevector <8 x i64> %".467", <8 x i64> <i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".469" = icmp slt <8 x i64> <i64 0, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7>, %".468"
  %".470" = load <8 x float>, ptr %".290", align 4
  %".471" = load <8 x float>, ptr %".297", align 4
  %".472" = fadd <8 x float> %".470", %".471"
  %".473" = fneg <8 x float> %".472"
  %".474" = fcmp ogt <8 x float> %".473", <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>
  %".475" = select  <8 x i1> %".474", <8 x float> <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>, <8 x float> %".473"
  %".476" = fcmp olt <8 x float> %".475", <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>
  %".477" = select  <8 x i1> %".476", <8 x float> <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>, <8 x float> %".475"
  %".478" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".477", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".479" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".478")
  %".480" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".479", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".477")
  %".481" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".479", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".480")
  %".482" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".481", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".483" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".482", <8 x float> %".481", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".484" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".483", <8 x float> %".481", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".485" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".484", <8 x float> %".481", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".486" = fmul <8 x float> %".485", %".481"
  %".487" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".486", <8 x float> %".481", <8 x float> %".481")
  %".488" = fadd <8 x float> %".487", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".489" = fptosi <8 x float> %".479" to <8 x i32>
  %".490" = add <8 x i32> %".489", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".491" = shl <8 x i32> %".490", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".492" = bitcast <8 x i32> %".491" to <8 x float>
  %".493" = fmul <8 x float> %".488", %".492"
  %".494" = fadd <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %".493"
  %".495" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".494")
  %".496" = fneg <8 x float> %".494"
  %".497" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".496", <8 x float> %".495", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %"o.1" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".495", <8 x float> %".497", <8 x float> %".495")
  %".499" = load <8 x float>, ptr %".291", align 4
  %".500" = load <8 x float>, ptr %".298", align 4
  %".501" = fadd <8 x float> %".499", %".500"
  %".502" = fneg <8 x float> %".501"
  %".503" = fcmp ogt <8 x float> %".502", <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>
  %".504" = select  <8 x i1> %".503", <8 x float> <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>, <8 x float> %".502"
  %".505" = fcmp olt <8 x float> %".504", <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>
  %".506" = select  <8 x i1> %".505", <8 x float> <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>, <8 x float> %".504"
  %".507" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".506", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".508" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".507")
  %".509" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".508", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".506")
  %".510" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".508", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".509")
  %".511" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".510", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".512" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".511", <8 x float> %".510", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".513" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".512", <8 x float> %".510", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".514" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".513", <8 x float> %".510", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".515" = fmul <8 x float> %".514", %".510"
  %".516" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".515", <8 x float> %".510", <8 x float> %".510")
  %".517" = fadd <8 x float> %".516", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".518" = fptosi <8 x float> %".508" to <8 x i32>
  %".519" = add <8 x i32> %".518", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".520" = shl <8 x i32> %".519", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".521" = bitcast <8 x i32> %".520" to <8 x float>
  %".522" = fmul <8 x float> %".517", %".521"
  %".523" = fadd <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %".522"
  %".524" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".523")
  %".525" = fneg <8 x float> %".523"
  %".526" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".525", <8 x float> %".524", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %"f.1" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".524", <8 x float> %".526", <8 x float> %".524")
  %".528" = mul i64 %".466", %".156"
  %".529" = add i64 %".528", %".277"
  %".530" = getelementptr float, ptr %".157", i64 %".529"
  %".531" = call <8 x float> @"llvm.masked.load.v8f32.p0"(ptr %".530", i32 4, <8 x i1> %".469", <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>)
  %".532" = fmul <8 x float> %"f.1", %".531"
  %".533" = load <8 x float>, ptr %".292", align 4
  %".534" = load <8 x float>, ptr %".299", align 4
  %".535" = fadd <8 x float> %".533", %".534"
  %".536" = fneg <8 x float> %".535"
  %".537" = fcmp ogt <8 x float> %".536", <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>
  %".538" = select  <8 x i1> %".537", <8 x float> <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>, <8 x float> %".536"
  %".539" = fcmp olt <8 x float> %".538", <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>
  %".540" = select  <8 x i1> %".539", <8 x float> <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>, <8 x float> %".538"
  %".541" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".540", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".542" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".541")
  %".543" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".542", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".540")
  %".544" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".542", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".543")
  %".545" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".544", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".546" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".545", <8 x float> %".544", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".547" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".546", <8 x float> %".544", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".548" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".547", <8 x float> %".544", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".549" = fmul <8 x float> %".548", %".544"
  %".550" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".549", <8 x float> %".544", <8 x float> %".544")
  %".551" = fadd <8 x float> %".550", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".552" = fptosi <8 x float> %".542" to <8 x i32>
  %".553" = add <8 x i32> %".552", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".554" = shl <8 x i32> %".553", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".555" = bitcast <8 x i32> %".554" to <8 x float>
  %".556" = fmul <8 x float> %".551", %".555"
  %".557" = fadd <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %".556"
  %".558" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".557")
  %".559" = fneg <8 x float> %".557"
  %".560" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".559", <8 x float> %".558", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %"i.1" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".558", <8 x float> %".560", <8 x float> %".558")
  %".562" = load <8 x float>, ptr %".293", align 4
  %".563" = load <8 x float>, ptr %".300", align 4
  %".564" = fadd <8 x float> %".562", %".563"
  %".565" = fcmp ogt <8 x float> %".564", <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>
  %".566" = select  <8 x i1> %".565", <8 x float> <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>, <8 x float> %".564"
  %".567" = fcmp olt <8 x float> %".566", <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>
  %".568" = select  <8 x i1> %".567", <8 x float> <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>, <8 x float> %".566"
  %".569" = fmul <8 x float> <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>, %".568"
  %".570" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".569", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".571" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".570")
  %".572" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".571", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".569")
  %".573" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".571", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".572")
  %".574" = fptosi <8 x float> %".571" to <8 x i32>
  %".575" = add <8 x i32> %".574", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".576" = shl <8 x i32> %".575", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".577" = bitcast <8 x i32> %".576" to <8 x float>
  %".578" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".573", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".579" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".578", <8 x float> %".573", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".580" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".579", <8 x float> %".573", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".581" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".580", <8 x float> %".573", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".582" = fmul <8 x float> %".581", %".573"
  %".583" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".582", <8 x float> %".573", <8 x float> %".573")
  %".584" = fsub <8 x float> %".577", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".585" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".583", <8 x float> %".577", <8 x float> %".584")
  %".586" = fadd <8 x float> %".585", <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>
  %".587" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".586")
  %".588" = fneg <8 x float> %".586"
  %".589" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".588", <8 x float> %".587", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %".590" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".587", <8 x float> %".589", <8 x float> %".587")
  %"g.1" = fmul <8 x float> %".585", %".590"
  %".592" = fmul <8 x float> %"i.1", %"g.1"
  %"c.1" = fadd <8 x float> %".532", %".592"
  %".594" = fcmp ogt <8 x float> %"c.1", <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>
  %".595" = select  <8 x i1> %".594", <8 x float> <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>, <8 x float> %"c.1"
  %".596" = fcmp olt <8 x float> %".595", <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>
  %".597" = select  <8 x i1> %".596", <8 x float> <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>, <8 x float> %".595"
  %".598" = fmul <8 x float> <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>, %".597"
  %".599" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".598", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".600" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".599")
  %".601" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".600", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".598")
  %".602" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".600", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".601")
  %".603" = fptosi <8 x float> %".600" to <8 x i32>
  %".604" = add <8 x i32> %".603", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".605" = shl <8 x i32> %".604", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".606" = bitcast <8 x i32> %".605" to <8 x float>
  %".607" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".602", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".608" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".607", <8 x float> %".602", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".609" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".608", <8 x float> %".602", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".610" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".609", <8 x float> %".602", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".611" = fmul <8 x float> %".610", %".602"
  %".612" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".611", <8 x float> %".602", <8 x float> %".602")
  %".613" = fsub <8 x float> %".606", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".614" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".612", <8 x float> %".606", <8 x float> %".613")
  %".615" = fadd <8 x float> %".614", <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>
  %".616" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".615")
  %".617" = fneg <8 x float> %".615"
  %".618" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".617", <8 x float> %".616", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %".619" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".616", <8 x float> %".618", <8 x float> %".616")
  %".620" = fmul <8 x float> %".614", %".619"
  %".621" = fmul <8 x float> %"o.1", %".620"
  %".622" = mul i64 %".466", %"state.h.row"
  %".623" = add i64 %".622", %".277"
  %".624" = getelementptr float, ptr %".152", i64 %".623"
  call void @"llvm.masked.store.v8f32.p0"(<8 x float> %".621", ptr %".624", i32 4, <8 x i1> %".469")
  %".626" = mul i64 %".466", %"state.c.row"
  %".627" = add i64 %".626", %".277"
  %".628" = getelementptr float, ptr %".160", i64 %".627"
  call void @"llvm.masked.store.v8f32.p0"(<8 x float> %"c.1", ptr %".628", i32 4, <8 x i1> %".469")
  br label %"block.loop.1.endif"
block.loop.1.else:
  %".304" = add i64 %".204", %"row"
  %".305" = load <8 x float>, ptr %".290", align 4
  %".306" = load <8 x float>, ptr %".297", align 4
  %".307" = fadd <8 x float> %".305", %".306"
  %".308" = fneg <8 x float> %".307"
  %".309" = fcmp ogt <8 x float> %".308", <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>
  %".310" = select  <8 x i1> %".309", <8 x float> <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>, <8 x float> %".308"
  %".311" = fcmp olt <8 x float> %".310", <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>
  %".312" = select  <8 x i1> %".311", <8 x float> <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>, <8 x float> %".310"
  %".313" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".312", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".314" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".313")
  %".315" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".314", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".312")
  %".316" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".314", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".315")
  %".317" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".316", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".318" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".317", <8 x float> %".316", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".319" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".318", <8 x float> %".316", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".320" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".319", <8 x float> %".316", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".321" = fmul <8 x float> %".320", %".316"
  %".322" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".321", <8 x float> %".316", <8 x float> %".316")
  %".323" = fadd <8 x float> %".322", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".324" = fptosi <8 x float> %".314" to <8 x i32>
  %".325" = add <8 x i32> %".324", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".326" = shl <8 x i32> %".325", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".327" = bitcast <8 x i32> %".326" to <8 x float>
  %".328" = fmul <8 x float> %".323", %".327"
  %".329" = fadd <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %".328"
  %".330" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".329")
  %".331" = fneg <8 x float> %".329"
  %".332" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".331", <8 x float> %".330", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %"o" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".330", <8 x float> %".332", <8 x float> %".330")
  %".334" = load <8 x float>, ptr %".291", align 4
  %".335" = load <8 x float>, ptr %".298", align 4
  %".336" = fadd <8 x float> %".334", %".335"
  %".337" = fneg <8 x float> %".336"
  %".338" = fcmp ogt <8 x float> %".337", <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>
  %".339" = select  <8 x i1> %".338", <8 x float> <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>, <8 x float> %".337"
  %".340" = fcmp olt <8 x float> %".339", <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>
  %".341" = select  <8 x i1> %".340", <8 x float> <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>, <8 x float> %".339"
  %".342" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".341", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".343" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".342")
  %".344" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".343", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".341")
  %".345" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".343", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".344")
  %".346" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".345", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".347" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".346", <8 x float> %".345", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".348" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".347", <8 x float> %".345", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".349" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".348", <8 x float> %".345", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".350" = fmul <8 x float> %".349", %".345"
  %".351" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".350", <8 x float> %".345", <8 x float> %".345")
  %".352" = fadd <8 x float> %".351", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".353" = fptosi <8 x float> %".343" to <8 x i32>
  %".354" = add <8 x i32> %".353", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".355" = shl <8 x i32> %".354", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".356" = bitcast <8 x i32> %".355" to <8 x float>
  %".357" = fmul <8 x float> %".352", %".356"
  %".358" = fadd <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %".357"
  %".359" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".358")
  %".360" = fneg <8 x float> %".358"
  %".361" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".360", <8 x float> %".359", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %"f" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".359", <8 x float> %".361", <8 x float> %".359")
  %".363" = mul i64 %".304", %".156"
  %".364" = add i64 %".363", %".277"
  %".365" = getelementptr float, ptr %".157", i64 %".364"
  %".366" = load <8 x float>, ptr %".365", align 4
  %".367" = fmul <8 x float> %"f", %".366"
  %".368" = load <8 x float>, ptr %".292", align 4
  %".369" = load <8 x float>, ptr %".299", align 4
  %".370" = fadd <8 x float> %".368", %".369"
  %".371" = fneg <8 x float> %".370"
  %".372" = fcmp ogt <8 x float> %".371", <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>
  %".373" = select  <8 x i1> %".372", <8 x float> <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>, <8 x float> %".371"
  %".374" = fcmp olt <8 x float> %".373", <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>
  %".375" = select  <8 x i1> %".374", <8 x float> <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>, <8 x float> %".373"
  %".376" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".375", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".377" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".376")
  %".378" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".377", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".375")
  %".379" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".377", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".378")
  %".380" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".379", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".381" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".380", <8 x float> %".379", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".382" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".381", <8 x float> %".379", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".383" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".382", <8 x float> %".379", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".384" = fmul <8 x float> %".383", %".379"
  %".385" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".384", <8 x float> %".379", <8 x float> %".379")
  %".386" = fadd <8 x float> %".385", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".387" = fptosi <8 x float> %".377" to <8 x i32>
  %".388" = add <8 x i32> %".387", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".389" = shl <8 x i32> %".388", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".390" = bitcast <8 x i32> %".389" to <8 x float>
  %".391" = fmul <8 x float> %".386", %".390"
  %".392" = fadd <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %".391"
  %".393" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".392")
  %".394" = fneg <8 x float> %".392"
  %".395" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".394", <8 x float> %".393", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %"i" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".393", <8 x float> %".395", <8 x float> %".393")
  %".397" = load <8 x float>, ptr %".293", align 4
  %".398" = load <8 x float>, ptr %".300", align 4
  %".399" = fadd <8 x float> %".397", %".398"
  %".400" = fcmp ogt <8 x float> %".399", <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>
  %".401" = select  <8 x i1> %".400", <8 x float> <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>, <8 x float> %".399"
  %".402" = fcmp olt <8 x float> %".401", <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>
  %".403" = select  <8 x i1> %".402", <8 x float> <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>, <8 x float> %".401"
  %".404" = fmul <8 x float> <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>, %".403"
  %".405" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".404", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".406" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".405")
  %".407" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".406", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".404")
  %".408" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".406", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".407")
  %".409" = fptosi <8 x float> %".406" to <8 x i32>
  %".410" = add <8 x i32> %".409", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".411" = shl <8 x i32> %".410", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".412" = bitcast <8 x i32> %".411" to <8 x float>
  %".413" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".408", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".414" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".413", <8 x float> %".408", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".415" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".414", <8 x float> %".408", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".416" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".415", <8 x float> %".408", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".417" = fmul <8 x float> %".416", %".408"
  %".418" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".417", <8 x float> %".408", <8 x float> %".408")
  %".419" = fsub <8 x float> %".412", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".420" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".418", <8 x float> %".412", <8 x float> %".419")
  %".421" = fadd <8 x float> %".420", <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>
  %".422" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".421")
  %".423" = fneg <8 x float> %".421"
  %".424" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".423", <8 x float> %".422", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %".425" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".422", <8 x float> %".424", <8 x float> %".422")
  %"g" = fmul <8 x float> %".420", %".425"
  %".427" = fmul <8 x float> %"i", %"g"
  %"c" = fadd <8 x float> %".367", %".427"
  %".429" = fcmp ogt <8 x float> %"c", <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>
  %".430" = select  <8 x i1> %".429", <8 x float> <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>, <8 x float> %"c"
  %".431" = fcmp olt <8 x float> %".430", <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>
  %".432" = select  <8 x i1> %".431", <8 x float> <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>, <8 x float> %".430"
  %".433" = fmul <8 x float> <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>, %".432"
  %".434" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".433", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".435" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".434")
  %".436" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".435", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".433")
  %".437" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".435", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".436")
  %".438" = fptosi <8 x float> %".435" to <8 x i32>
  %".439" = add <8 x i32> %".438", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".440" = shl <8 x i32> %".439", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".441" = bitcast <8 x i32> %".440" to <8 x float>
  %".442" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".437", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".443" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".442", <8 x float> %".437", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".444" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".443", <8 x float> %".437", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".445" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".444", <8 x float> %".437", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".446" = fmul <8 x float> %".445", %".437"
  %".447" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".446", <8 x float> %".437", <8 x float> %".437")
  %".448" = fsub <8 x float> %".441", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".449" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".447", <8 x float> %".441", <8 x float> %".448")
  %".450" = fadd <8 x float> %".449", <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>
  %".451" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".450")
  %".452" = fneg <8 x float> %".450"
  %".453" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".452", <8 x float> %".451", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %".454" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".451", <8 x float> %".453", <8 x float> %".451")
  %".455" = fmul <8 x float> %".449", %".454"
  %".456" = fmul <8 x float> %"o", %".455"
  %".457" = mul i64 %".304", %"state.h.row"
  %".458" = add i64 %".457", %".277"
  %".459" = getelementptr float, ptr %".152", i64 %".458"
  store <8 x float> %".456", ptr %".459", align 4
  %".461" = mul i64 %".304", %"state.c.row"
  %".462" = add i64 %".461", %".277"
  %".463" = getelementptr float, ptr %".160", i64 %".462"
  store <8 x float> %"c", ptr %".463", align 4
  br label %"block.loop.1.endif"
block.loop.1.endif:
  %".631" = add i64 %"block.1", 1
  %".632" = icmp slt i64 %".631", %".208"
  br i1 %".632", label %"block.loop.1", label %"block.end.1"
tile.end.if:
  %".645" = load i64, i64* %".131"
  %".646" = add i64 %".645", 1
  store i64 %".646", i64* %".131"
  %".648" = atomicrmw add ptr %"barrier", i64 1 seq_cst
  %".649" = mul i64 %".646", %"parts"
  store i64 0, i64* %".650"
  br label %"spin"
tile.end.endif:
  %".669" = add i64 %"t", 1
  %".670" = icmp slt i64 %".669", %"steps"
  br i1 %".670", label %"t.loop", label %"t.end"
spin:
  call void @"llvm.x86.sse2.pause"()
  %".654" = load i64, i64* %".650"
  %".655" = add i64 %".654", 1
  store i64 %".655", i64* %".650"
  %".657" = load atomic i64, ptr %"barrier" acquire, align 8
  %".658" = icmp slt i64 %".657", %".649"
  br i1 %".658", label %"more", label %"joined"
more:
  %".660" = load i64, i64* %".650"
  %".661" = icmp slt i64 %".660", 1000
  br i1 %".661", label %"spin", label %"yield"
yield:
  %".663" = getelementptr i64, ptr %"barrier", i64 1
  %".664" = load i64, ptr %".663", align 8
  %".665" = inttoptr i64 %".664" to i32 ()*
  %".666" = call i32 %".665"()
  br label %"spin"
joined:
  br label %"tile.end.endif"
}

declare void @"llvm.x86.sse.stmxcsr"(ptr %".1")

declare void @"llvm.x86.sse.ldmxcsr"(ptr %".1")

declare <8 x float> @"llvm.fma.v8f32"(<8 x float> %".1", <8 x float> %".2", <8 x float> %".3")

declare <8 x float> @"llvm.floor.v8f32"(<8 x float> %".1")

declare <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".1")

declare <8 x float> @"llvm.masked.load.v8f32.p0"(ptr %".1", i32 %".2", <8 x i1> %".3", <8 x float> %".4")

declare void @"llvm.masked.store.v8f32.p0"(<8 x float> %".1", ptr %".2", i32 %".3", <8 x i1> %".4")

declare void @"llvm.x86.sse2.pause"()
